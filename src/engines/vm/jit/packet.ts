// LD_ABS and LD_IND: packet bytes in network order; what is not in the packet ends the function with 0.

import { bytesOf, Mode, modeOf, sizeOf } from '../../../isa/index.ts';
import { SkbField } from '../contexts/skb.ts';
import { isSkbKind } from '../contexts/skb-context.ts';
import { Control } from '../layout.ts';
import { writeSwap } from './alu.ts';
import type { Site } from './site.ts';
import { Op, ValueType } from './wasm/opcode.ts';

const CONTEXT_REGISTER = 6;

const loads: Readonly<Record<number, number>> = { 1: Op.I32_LOAD8_U, 2: Op.I32_LOAD16_U, 4: Op.I32_LOAD };

export function writePacketLoad(site: Site): void {
  const { f, unit } = site;
  const { code } = f;
  const size = bytesOf(sizeOf(site.instruction.code));
  const offset = f.scratch('packet_offset', ValueType.I32);
  pushOffset(site);
  code.set(offset);
  const isSkb = isSkbKind(unit.program.kind) && !unit.options.checked;
  if (isSkb) {
    pushIsInside(site, offset, size);
    code.open(Op.IF, ValueType.I32);
    code.get(offset);
    f.load(Op.I32_LOAD, CONTEXT_REGISTER, SkbField.DATA);
    code.op(Op.I32_ADD);
    code.access(loads[size]!, 0);
    if (size > 1) writeSwap(f, size * 8);
    code.op(Op.ELSE);
  }
  pushSlow(site, offset, size);
  if (isSkb) code.end();
  f.pop32(0);
}

function pushOffset({ f, instruction }: Site): void {
  const { code, src, imm } = instruction;
  f.code.i32(imm);
  if (modeOf(code) !== Mode.IND) return;
  f.push32(src);
  f.code.op(Op.I32_ADD);
}

/** Whether the bytes are between data and data_end. */
function pushIsInside({ f }: Site, offset: number, size: number): void {
  const { code } = f;
  // As unsigned numbers, so that negative offsets are far outside; in 64 bits, so that the sum cannot wrap.
  code.get(offset);
  code.op(Op.I64_EXTEND_I32_U);
  code.i64(size);
  code.op(Op.I64_ADD);
  f.load(Op.I64_LOAD32_U, CONTEXT_REGISTER, SkbField.DATA_END);
  f.load(Op.I64_LOAD32_U, CONTEXT_REGISTER, SkbField.DATA);
  code.op(Op.I64_SUB);
  code.op(Op.I64_LE_S);
}

function pushSlow({ f, unit }: Site, offset: number, size: number): void {
  const { code } = f;
  code.get(offset);
  code.i32(size);
  code.call(unit.imported('packet'));
  code.op(Op.I32_EQZ);
  code.open(Op.IF);
  code.i64(0);
  f.exit();
  code.end();
  code.i32(0);
  code.access(Op.I32_LOAD, Control.RESULT);
}
