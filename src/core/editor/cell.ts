/** A value as PostgreSQL prints it; nothing is lost on the way. */
export type Cell = string | null
export type Row = Cell[]
