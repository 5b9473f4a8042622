/** The product's mark: a database that has been seen to. */
export function Mark({ size }: { size: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="8" fill="#0b6478" />
      <g fill="none" strokeLinecap="round" strokeLinejoin="round">
        <path
          d="M9 10.500c0-1.900 3.100-3.500 7-3.500s7 1.600 7 3.500v11c0 1.900-3.100 3.500-7 3.500s-7-1.600-7-3.500z"
          stroke="#fff"
          strokeWidth="2"
        />
        <path d="M9 10.500c0 1.900 3.100 3.500 7 3.500s7-1.600 7-3.500" stroke="#fff" strokeWidth="2" />
        <path d="m12.500 19 2.600 2.600 4.800-4.800" stroke="#8fe0ef" strokeWidth="2.200" />
      </g>
    </svg>
  )
}
