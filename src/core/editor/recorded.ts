/**
 * How a run is kept: by the server, waiting to be sent there, on this machine alone, or in the memory of the program
 * alone because the cache takes nothing.
 */
export type Recorded = 'server' | 'waiting' | 'local' | 'memory'
