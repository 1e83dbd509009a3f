// The vdso: the code that the kernel maps into every process, which no file has. It is the same for all 64-bit processes,
// so ours is read from our own memory.

import { closeSync, openSync, readSync } from 'node:fs';
import { ElfFile } from '../elf/index.ts';
import { attempt, tryReadText } from './files.ts';
import { Image } from './image.ts';
import { parseMaps } from './maps.ts';

let image: Image | undefined;

export function vdsoImage(): Image | undefined {
  image ??= attempt(readVdso);
  return image;
}

function readVdso(): Image | undefined {
  const mapping = parseMaps(tryReadText('/proc/self/maps') ?? '').find(({ path }) => path === '[vdso]');
  if (!mapping) return undefined;
  const fd = openSync('/proc/self/mem', 'r');
  try {
    const bytes = new Uint8Array(mapping.end - mapping.start);
    const count = readSync(fd, bytes, 0, bytes.length, mapping.start);
    return new Image('[vdso]', [], ElfFile.open(bytes.subarray(0, count)));
  } finally {
    closeSync(fd);
  }
}
