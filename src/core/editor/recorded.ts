/** How a run is kept: by the server, waiting to be sent there, or on this machine alone. */
export type Recorded = 'server' | 'waiting' | 'local'
