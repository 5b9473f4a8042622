/** For a database whose encoding cannot hold all characters: others than ASCII are written as `\u00e4`. */
export function asAscii(text: string, backslash = '\\'): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: all that is not ASCII
  return text.replace(/[^\x00-\x7f]/g, (sign) => `${backslash}u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
