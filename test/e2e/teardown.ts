import { removeOrphans } from '../../src/main/demo/server.ts'

/** As root, a sample clinic lies outside the data folder that a test removes. */
export default removeOrphans
