/** How a model can be written; `writers.ts` writes it. */
export const modelFormats = ['sql', 'dbml', 'mermaid', 'json'] as const
export type ModelFormat = (typeof modelFormats)[number]
