// Accesses that may be wrong or outside of the linear memory: checked runs, and pointers of the kernel's types.

import { CALL, helperById, isWide, PseudoCall, PseudoLoad } from '../../../isa/index.ts';
import { Control } from '../layout.ts';
import type { LoadedProgram } from '../program.ts';
import type { Site } from './site.ts';
import { Op, ValueType } from './wasm/opcode.ts';

/** Kinds of program whose context or arguments have pointers typed by BTF. */
const kernelPointerKinds: ReadonlySet<string> = new Set(['tracing', 'lsm', 'struct_ops', 'ext', 'netfilter']);
const kernelPointers: ReadonlySet<string> = new Set(['PTR_TO_BTF_ID', 'PTR_TO_MEM_OR_BTF_ID']);

/** Whether a program may load from addresses of the kernel without a helper. */
export function followsKernelPointers({ kind, instructions }: LoadedProgram): boolean {
  if (kernelPointerKinds.has(kind)) return true;
  return instructions.some(({ code, src, imm }) => {
    if (code === CALL && src === PseudoCall.HELPER)
      return kernelPointers.has(helperById(imm)?.prototype.ret.kind ?? '');
    return isWide(code) && src === PseudoLoad.BTF_ID;
  });
}

/** Bit of the size that says that an access writes. */
export const WRITES = 0x100;

/** Addresses below are in the null page; from 2 GiB on nothing is in the linear memory. */
const FIRST = 4096;
const END = 2 ** 31;

/** Leaves `register + off` as two i32: the low half, the high half. */
function pushHalves({ f }: Site, register: number, off: number): void {
  const address = f.scratch('address', ValueType.I64);
  f.push(register);
  f.code.i64(off);
  f.code.op(Op.I64_ADD);
  f.code.tee(address);
  f.code.op(Op.I32_WRAP_I64);
  f.code.get(address);
  f.code.i64(32);
  f.code.op(Op.I64_SHR_U);
  f.code.op(Op.I32_WRAP_I64);
}

/** Stops the run when the program may not access the bytes. */
export function writeCheck(site: Site, register: number, off: number, size: number, write: boolean): void {
  pushHalves(site, register, off);
  site.f.code.i32(write ? size | WRITES : size);
  site.f.code.i32(site.slot);
  site.f.code.call(site.unit.imported('check'));
}

const loads: Readonly<Record<number, readonly [unsigned: number, signed: number]>> = {
  1: [Op.I64_LOAD8_U, Op.I64_LOAD8_S],
  2: [Op.I64_LOAD16_U, Op.I64_LOAD16_S],
  4: [Op.I64_LOAD32_U, Op.I64_LOAD32_S],
  8: [Op.I64_LOAD, Op.I64_LOAD],
};

/** A load that reads the event's memory where the address is not in the linear memory. */
export function writeOutsideLoad(site: Site, size: number, signed: boolean): void {
  const { f, unit, slot } = site;
  const { dst, src, off } = site.instruction;
  const { code } = f;
  const opcode = loads[size]![signed ? 1 : 0];
  const address = f.scratch('address', ValueType.I64);
  f.push(src);
  code.i64(off);
  code.op(Op.I64_ADD);
  code.tee(address);
  code.i64(FIRST);
  code.op(Op.I64_SUB);
  code.i64(END - FIRST);
  code.op(Op.I64_LT_U);
  code.open(Op.IF, ValueType.I64);
  if (unit.options.checked) writeCheck(site, src, off, size, false);
  code.get(address);
  code.op(Op.I32_WRAP_I64);
  code.access(opcode, 0);
  code.op(Op.ELSE);
  pushHalves(site, src, off);
  code.i32(size);
  code.i32(slot);
  code.call(unit.imported('outside'));
  code.i32(Control.RESULT);
  code.access(opcode, 0);
  code.end();
  f.pop(dst);
}
