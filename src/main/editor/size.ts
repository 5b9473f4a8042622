/** What one page of a result holds at most, in UTF-16 units, beyond its first row: it has to pass through one message. */
export const pageCharacters = 16_000_000
