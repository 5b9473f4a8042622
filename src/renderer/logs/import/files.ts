/** A file that the window holds, and what it is called in the wizard. */
export interface HeldFile {
  readonly name: string
  readonly file: File
  /** The same file as it is then: a browser reads nothing of one that has changed since it was taken. Absent where it was chosen. */
  readonly again?: () => Promise<File>
}

/** A folder may be a whole disk: so many files are taken of what is dropped. */
export const mostFiles = 2_000

/** Whether what is dragged over the window are files, as opposed to a tab or a text. */
export function carriesFiles(data: DataTransfer | null): boolean {
  return data?.types.includes('Files') === true
}

/**
 * The files that were dropped, and those in the folders among them, by their names. What is dropped can only be taken at
 * once, so this is to be called before anything is waited for.
 */
export async function droppedFiles(data: DataTransfer): Promise<{ files: HeldFile[]; isAll: boolean }> {
  const entries = [...data.items].flatMap((item) => {
    const entry = item.kind === 'file' ? item.webkitGetAsEntry() : null
    return entry === null ? [] : [entry]
  })
  // Some that drop files tell of no entries.
  if (entries.length === 0) return { files: chosenFiles(data.files), isAll: true }
  const files: HeldFile[] = []
  const waiting = entries.sort(byName)
  while (waiting.length > 0 && files.length < mostFiles) {
    const entry = waiting.shift()
    if (entry === undefined) break
    if (isFile(entry)) {
      const again = (): Promise<File> => fileOf(entry)
      files.push({ name: entry.fullPath.replace(/^\//, ''), file: await again(), again })
    } else if (isFolder(entry)) waiting.unshift(...(await entriesOf(entry)).sort(byName))
  }
  return { files, isAll: waiting.length === 0 }
}

/** The files that were chosen in the browser's dialog. */
export function chosenFiles(list: FileList | null): HeldFile[] {
  return [...(list ?? [])]
    .map((file) => ({
      // Empty for a file that was not chosen with its folder.
      name: file.webkitRelativePath || file.name,
      file,
    }))
    .sort(byName)
    .slice(0, mostFiles)
}

function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile
}

function isFolder(entry: FileSystemEntry): entry is FileSystemDirectoryEntry {
  return entry.isDirectory
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, reject))
}

async function entriesOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader()
  const all: FileSystemEntry[] = []
  for (;;) {
    // It tells of a hundred at a time.
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject))
    if (some.length === 0) return all
    all.push(...some)
  }
}

/** Rotated logs are named so that their names follow their times. */
function byName(one: { name: string }, other: { name: string }): number {
  return one.name.localeCompare(other.name, 'en', { numeric: true })
}
