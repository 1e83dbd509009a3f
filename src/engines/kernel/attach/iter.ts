// Iterators over objects of the kernel (5.8): the program runs once for each object while a descriptor is read, and what it
// writes with seq_printf is what the reader gets.

import { join } from 'node:path';
import { attachKindId } from '../../../isa/index.ts';
import { iterCreate, linkCreate, objectPin } from '../sys/bpf.ts';
import type { Sys } from '../sys/sys.ts';
import { isErrno } from '../sys/syscall-error.ts';
import { type Attach, cannotAttach } from './attach.ts';

const BPFFS = '/sys/fs/bpf';
const READ_BYTES = 64 << 10;

export const attachIter: Attach<'iter'> = (program, attach, { sys }) => {
  const link = linkCreate(sys, { program: program.fd, target: 0, attachType: attachKindId('trace_iter') });
  if (attach.pin === undefined) return { links: [link], iterator: link };
  const path = join(BPFFS, attach.pin);
  try {
    objectPin(sys, link, path);
  } catch (error) {
    sys.close(link);
    if (!isErrno(error, 'EEXIST', 'ENOENT', 'EPERM')) throw error;
    throw cannotAttach(
      `the iterator cannot be pinned to ${path}: ${error.errnoName === 'EEXIST' ? 'there is something already' : 'this is no place in bpffs'}`,
      `mount bpffs (mount -t bpf bpf ${BPFFS}) and choose a name that is free`,
    );
  }
  return { links: [link] };
};

/** Runs the iterator of a link once; gives its text in pieces that are valid until the next. */
export function* readIterator(sys: Sys, link: number): Generator<Uint8Array> {
  const reader = iterCreate(sys, link);
  const buffer = new Uint8Array(READ_BYTES);
  try {
    for (let got = sys.read(reader, buffer); got > 0; got = sys.read(reader, buffer)) yield buffer.subarray(0, got);
  } finally {
    sys.close(reader);
  }
}
