// One program for many system calls: it goes on only for those that were asked for.

import type { Instruction } from '../../../compiler/ir.ts';
import type { ProgramBuilder } from '../../../compiler/program.ts';
import { syscallNumber } from '../contexts/syscalls.ts';

/** More than the largest number of a system call on any architecture. */
const TABLE_SIZE = 512;

export interface Dispatch {
  /** The table by number that the engine fills. */
  readonly map: number;
  /** Which of the attach point's system calls it is. */
  readonly index: Instruction;
}

/** Ends the program for system calls that the table does not know. */
export function dispatch(p: ProgramBuilder, phase: 'enter' | 'exit'): Dispatch {
  const { b } = p;
  const map = p.module.addMap({
    name: 'syscalls',
    kind: 'array',
    keySize: 4,
    valueSize: 4,
    maxEntries: TABLE_SIZE,
    flags: 0,
    role: { kind: 'syscalls' },
  });
  const key = p.stack(4, 'number');
  b.store(4, key.base, key.offset, syscallNumber(p, phase));
  const entry = p.call('map_lookup_elem', b.map(map), p.address(key));
  const leave = () => b.return(p.exitValue);
  b.if('eq', entry, 0, leave);
  const place = b.load(4, entry, 0);
  b.if('eq', place, 0, leave);
  return { map, index: b.sub(place, 1) };
}
