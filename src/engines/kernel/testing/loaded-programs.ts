// What the kernel has loaded, for tests that check that nothing is left.

import { cString } from '../../../base/bytes.ts';
import { Attr } from '../sys/attr.ts';
import { objectInfo } from '../sys/bpf.ts';
import { nativeSys } from '../sys/native.ts';
import { isErrno } from '../sys/syscall-error.ts';

/** struct bpf_prog_info up to the end of its name. */
const INFO_BYTES = 80;
const NAME_AT = 64;

/** Names of all programs in the kernel. */
export function loadedProgramNames(): string[] {
  const sys = nativeSys();
  const names: string[] = [];
  for (let id = 0; ; ) {
    try {
      const next = new Attr(16).u32(id).padTo(12);
      sys.bpf('PROG_GET_NEXT_ID', next);
      id = next.readU32(4);
      const fd = sys.bpf('PROG_GET_FD_BY_ID', new Attr(16).u32(id).padTo(12));
      const info = new Attr(INFO_BYTES).padTo(INFO_BYTES);
      objectInfo(sys, fd, info);
      sys.close(fd);
      names.push(cString(info.memory, NAME_AT));
    } catch (error) {
      if (!isErrno(error, 'ENOENT')) throw error;
      // Either the end, or the program went away between the two calls.
      if (error.call.includes('NEXT_ID')) return names;
    }
  }
}
