import { measureHistory } from './desk/history.ts'

/** npm run bench -- history [OPERATIONS] */
export default async function measure([operations = '1000000']: string[]): Promise<object[]> {
  return [await measureHistory(Number(operations))]
}
