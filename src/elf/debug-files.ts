// Where a distribution may have put the debug file of a binary, as GDB looks for it ("Debugging Information in Separate
// Files"). Paths only: whoever can read files tries them in order.

import type { ElfFile } from './elf.ts';

/** The directory under which debug files are installed. */
export const DEBUG_DIRECTORY = '/usr/lib/debug';

/** Candidates for the debug file of the binary at `path`, the surest first. */
export function debugFileCandidates(elf: ElfFile, path: string, directories = [DEBUG_DIRECTORY]): string[] {
  const candidates: string[] = [];
  const { buildId } = elf;
  if (buildId !== undefined && buildId.length > 2) {
    for (const directory of directories) {
      candidates.push(`${directory}/.build-id/${buildId.slice(0, 2)}/${buildId.slice(2)}.debug`);
    }
  }
  const link = elf.debugLink?.file;
  if (link === undefined) return candidates;
  const folder = path.slice(0, path.lastIndexOf('/'));
  candidates.push(`${folder}/${link}`, `${folder}/.debug/${link}`);
  for (const directory of directories) candidates.push(`${directory}${folder}/${link}`);
  return candidates.filter((candidate) => candidate !== path);
}
