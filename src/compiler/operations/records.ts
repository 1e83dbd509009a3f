// Records: what a program sends to user space over the ring buffer. A record of fixed size is written in place; one that
// ends with a large string, buffer or stack is built in scratch space and sent only as long as it is.

import type { RecordDefinition, Type } from '../../image/index.ts';
import { layoutOf, sizeOf } from '../../image/index.ts';
import type { Instruction } from '../ir.ts';
import type { Place, ProgramBuilder } from '../program.ts';
import { type Operand, scalar, store } from './operand.ts';

/** Bytes of a last field from which cutting the record is worth a copy. */
const CUT_LIMIT = 64;

/** BPF_RB_NO_WAKEUP, include/uapi/linux/bpf.h. */
const NO_WAKEUP = 1;

/** Sends a record with the fields of its definition. Its index comes from `ModuleBuilder.addRecord`. */
export function send(p: ProgramBuilder, index: number, fields: readonly Operand[]): void {
  p.scope(() => {
    const definition = p.module.record(index);
    const last = definition.fields.at(-1);
    if (last && isCuttable(last) && sizeOf(last) > CUT_LIMIT) sendCut(p, index, definition, fields);
    else sendFixed(p, index, definition, fields);
  });
}

function isCuttable(type: Type): boolean {
  return (
    type.kind === 'string' ||
    type.kind === 'buffer' ||
    type.kind === 'kstack' ||
    type.kind === 'ustack' ||
    (type.kind === 'array' && type.element.kind === 'string')
  );
}

function wakeupFlags(p: ProgramBuilder): number {
  return p.module.options.wakeup === 'never' ? NO_WAKEUP : 0;
}

function sendFixed(p: ProgramBuilder, index: number, definition: RecordDefinition, fields: readonly Operand[]): void {
  const { b } = p;
  const layout = layoutOf(definition);
  const record = p.call('ringbuf_reserve', b.map(p.module.ring), layout.size, 0);
  b.if(
    'eq',
    record,
    0,
    () => p.count('lost'),
    () => {
      writeFields(p, { base: record, offset: 0 }, index, layout, fields);
      p.call('ringbuf_submit', record, wakeupFlags(p));
      p.count('sent');
    },
  );
}

function sendCut(p: ProgramBuilder, index: number, definition: RecordDefinition, fields: readonly Operand[]): void {
  const { b } = p;
  const layout = layoutOf(definition);
  const place = p.temp(layout.size, 8, 'record');
  const used = writeFields(p, place, index, layout, fields);
  const start = layout.fields.at(-1)!.offset;
  const length = used ? b.add(atMost(p, used, layout.size - start), start) : b.const(layout.size);
  const failed = p.call('ringbuf_output', b.map(p.module.ring), p.address(place), length, wakeupFlags(p));
  b.if(
    'ne',
    failed,
    0,
    () => p.count('lost'),
    () => p.count('sent'),
  );
}

/** Bounds a length so that the verifier sees it. */
function atMost(p: ProgramBuilder, value: Instruction, limit: number): Instruction {
  return p.b.choose(
    'gt',
    value,
    limit,
    () => p.b.const(limit),
    () => value,
  );
}

/** Writes the index and the fields; returns how many bytes the last field used, when it says so. */
function writeFields(
  p: ProgramBuilder,
  place: Place,
  index: number,
  layout: ReturnType<typeof layoutOf>,
  fields: readonly Operand[],
): Instruction | undefined {
  p.b.store(4, place.base, place.offset, index);
  let used: Instruction | undefined;
  layout.fields.forEach((field, at) => {
    used = store(p, { base: place.base, offset: place.offset + field.offset }, field.type, fields[at]!, false);
  });
  return used;
}

export interface Problem {
  /** The helper that failed, without `bpf_`; empty for what is not a helper's failure. */
  readonly helper?: string;
  readonly message: string;
  readonly severity?: 'error' | 'warning';
}

/** Tells user space that something went wrong here; `code` is what the helper returned. */
export function problem(p: ProgramBuilder, what: Problem, code?: Instruction): void {
  const int64: Type = { kind: 'int', size: 8, signed: true };
  const index = p.module.addRecord({
    kind: 'problem',
    helper: what.helper ?? '',
    message: what.message,
    severity: what.severity ?? 'warning',
    fields: [int64],
    ...(p.b.span ? { location: p.module.location(p.b.span) } : {}),
  });
  send(p, index, [scalar(int64, code ?? p.b.const(0))]);
}

/** Tells of a helper's failure when the run asked for that. */
export function helperFailed(p: ProgramBuilder, helper: string, message: string, code: Instruction): void {
  if (p.module.options.reportFailures) problem(p, { helper, message }, code);
}
