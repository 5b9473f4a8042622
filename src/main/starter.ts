/**
 * Tells when the program that started this one has ended, even by SIGKILL: bin/pgsteward and npm start hold a channel
 * to what they start. Without such a channel, never.
 */
export function whenStarterEnds(end: () => void): void {
  process.once('disconnect', end)
  // Nothing comes over it, and waiting for it keeps no program running.
  process.channel?.unref()
}
