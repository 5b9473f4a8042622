import { howToEncode, invalid } from './invalid.ts'

/**
 * Takes `postgresql://[user[:password]@][host[:port]][/database][?keyword=value&…]` apart into libpq's
 * keywords. Later ones win, as in libpq. An `@` in a password is understood where it can be.
 *
 * @throws Failure `invalid_input`
 */
export function readUri(uri: string): Map<string, string> {
  const rest = uri.slice(uri.indexOf('://') + 3)
  const [, authority = '', path = '', query = ''] = /^([^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/su.exec(rest) ?? []
  // What follows a slash in a password would be shown as the database's name.
  if (path.includes('@')) throw invalid('There is an @ after the first / of the URL.', howToEncode)

  const found = new Map<string, string>()
  const put = (keyword: string, value: string): void => {
    if (value !== '') found.set(keyword, decode(value))
  }
  const at = authority.lastIndexOf('@')
  if (at >= 0) {
    const [user, password] = cutAt(authority.slice(0, at), ':')
    put('user', user)
    put('password', password)
  }
  const addresses = authority
    .slice(at + 1)
    .split(',')
    .map(readAddress)
  put('host', joinAddresses(addresses.map(({ host }) => host)))
  put('port', joinAddresses(addresses.map(({ port }) => port)))
  put('dbname', path)
  for (const pair of query.split('&')) {
    if (pair !== '') putParameter(pair, put)
  }
  return found
}

function putParameter(pair: string, put: (keyword: string, value: string) => void): void {
  const [name, value] = cutAt(pair, '=')
  if (name.includes('@')) throw invalid('There is an @ after the ? of the URL.', howToEncode)
  const keyword = decode(name)
  // JDBC's way to say it, which libpq knows as well.
  if (keyword === 'ssl' && value === 'true') put('sslmode', 'require')
  else put(keyword, value)
}

function readAddress(text: string): { host: string; port: string } {
  if (text.startsWith('[')) {
    const end = text.indexOf(']')
    const after = text.slice(end + 1)
    if (end < 2 || (after !== '' && !after.startsWith(':'))) {
      throw invalid('The IPv6 address in the URL is not written as [address]:port.', howToEncode)
    }
    return { host: text.slice(1, end), port: after.slice(1) }
  }
  const [host, port] = cutAt(text, ':')
  return { host, port }
}

/** `a,b`; nothing where all are empty. */
function joinAddresses(parts: string[]): string {
  return parts.every((part) => part === '') ? '' : parts.join(',')
}

function cutAt(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark)
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}

function decode(text: string): string {
  let decoded: string
  try {
    decoded = decodeURIComponent(text)
  } catch {
    // The error of the language would show the text, which may be a password.
    throw invalid('A % in the URL is not followed by two hexadecimal digits of a character.', howToEncode)
  }
  if (decoded.includes('\0')) throw invalid('The URL holds a NUL character.')
  return decoded
}
