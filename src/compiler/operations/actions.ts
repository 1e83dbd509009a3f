// What user space is asked to do: print a map, clear it, tell the time, stop.

import { arrayType, type RecordDefinition, stringType, UINT32, UINT64 } from '../../image/index.ts';
import type { Instruction } from '../ir.ts';
import type { ScriptMap } from '../module.ts';
import type { Place, ProgramBuilder } from '../program.ts';
import { after } from './memory.ts';
import { deferred, type Operand, scalar } from './operand.ts';
import { readInto } from './read.ts';
import { send } from './records.ts';

type Without<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
type Definition = Without<RecordDefinition, 'location' | 'fields'>;

/** Sends a record with the types of its operands as fields, and where in the source it comes from. */
export function sendRecord(p: ProgramBuilder, definition: Definition, fields: readonly Operand[]): void {
  const index = p.module.addRecord({
    ...definition,
    fields: fields.map((field) => field.type),
    ...(p.b.span ? { location: p.module.location(p.b.span) } : {}),
  } as RecordDefinition);
  send(p, index, fields);
}

/** Prints a map: all of it, or the `top` largest, with values divided by `div`. */
export function printMap(p: ProgramBuilder, map: ScriptMap, top?: Instruction, div?: Instruction): void {
  const none = p.b.const(0);
  sendRecord(p, { kind: 'print-map', map: map.index }, [scalar(UINT64, top ?? none), scalar(UINT64, div ?? none)]);
}

/** Prints a value and a newline. */
export function printValue(p: ProgramBuilder, value: Operand): void {
  sendRecord(p, { kind: 'print' }, [value]);
}

export function clearMap(p: ProgramBuilder, map: ScriptMap): void {
  sendRecord(p, { kind: 'clear-map', map: map.index }, []);
}

export function zeroMap(p: ProgramBuilder, map: ScriptMap): void {
  sendRecord(p, { kind: 'zero-map', map: map.index }, []);
}

export function printTime(p: ProgramBuilder, format: string): void {
  sendRecord(p, { kind: 'time', format }, []);
}

/** Ends the run, and this program. */
export function exitRun(p: ProgramBuilder, code?: Instruction): void {
  sendRecord(p, { kind: 'exit' }, [scalar(UINT64, code ?? p.b.const(0))]);
  p.exit();
}

/** How many strings join takes, and how long each may be. */
export const JOIN_STRINGS = 16;
export const JOIN_SIZE = 1024;

/** Joins the strings that an array of pointers, ended by a null pointer, points to. */
export function join(p: ProgramBuilder, space: 'kernel' | 'user', array: Instruction, separator: string): void {
  const { b } = p;
  const strings = arrayType(stringType(JOIN_SIZE), JOIN_STRINGS);
  const operand = deferred(strings, (place) => {
    const count = readStrings(p, space, array, place);
    // The number of strings is the field before, known only now.
    b.store(4, place.base, place.offset - 4, count);
    return b.binary('mul', count, JOIN_SIZE);
  });
  sendRecord(p, { kind: 'join', separator }, [scalar(UINT32, b.const(0)), operand]);
}

/** Reads strings one after another into a place until a pointer is null; returns how many. */
function readStrings(p: ProgramBuilder, space: 'kernel' | 'user', array: Instruction, place: Place): Instruction {
  const { b } = p;
  const count = b.variable('count');
  const done = b.block('joined');
  const helper = space === 'user' ? 'probe_read_user_str' : 'probe_read_kernel_str';
  const pointer = p.stack(8, 'pointer');
  b.write(count, b.const(0));
  for (let index = 0; index < JOIN_STRINGS; index++) {
    readInto(p, space, b.add(array, index * 8), pointer, 8);
    const address = b.load(8, pointer.base, pointer.offset);
    const next = b.block('next');
    b.branch('eq', address, 0, done, next);
    b.enter(next);
    p.call(helper, p.address(after(place, index * JOIN_SIZE)), JOIN_SIZE, address);
    b.write(count, b.const(index + 1));
  }
  b.jump(done);
  b.enter(done);
  return b.read(count);
}
