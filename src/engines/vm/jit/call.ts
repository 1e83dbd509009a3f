// Calls: functions of the program, helpers, tail calls.

import { CALL, helperId, PseudoCall } from '../../../isa/index.ts';
import { type AnyHelper, callsBack, type Parameter } from '../helpers/helper.ts';
import { Control, MapField, TAIL_CALL_LIMIT } from '../layout.ts';
import { inlined } from './inline.ts';
import { FUNCTION_SIGNATURE } from './registers.ts';
import { type Site, writeDepthCheck, writeStop } from './site.ts';
import { Stop } from './unit.ts';
import { Op, ValueType } from './wasm/opcode.ts';

const TAIL_CALL = helperId('tail_call');
/** The table of programs is imported, so it comes first. */
const PROGRAMS = 0;

export function writeCall(site: Site): void {
  const { code, src, imm } = site.instruction;
  if (code !== CALL || src === PseudoCall.KFUNC) {
    writeStop(site, Stop.KERNEL_FUNCTION);
    return;
  }
  if (src === PseudoCall.SUBPROGRAM) {
    writeFunctionCall(site);
    return;
  }
  if (imm === TAIL_CALL) {
    writeTailCall(site);
    return;
  }
  const helper = site.unit.helpers.get(imm);
  if (!helper) {
    writeStop(site, Stop.UNKNOWN_HELPER);
    return;
  }
  if (!site.unit.options.checked && inlined[helper.name]?.(site)) return;
  writeHelperCall(site, helper);
}

// ---- functions of the program

function writeFunctionCall(site: Site): void {
  const { f, unit, slot, instruction } = site;
  const target = unit.functions.get(slot + 1 + instruction.imm);
  if (!target) {
    writeStop(site, Stop.OFF_END);
    return;
  }
  writeDepthCheck(site);
  for (let register = 1; register <= 5; register++) f.push(register);
  f.pushNextFrame();
  f.storeFuel();
  f.code.call(target.index);
  f.pop(0);
  f.loadFuel();
}

// ---- helpers

function pushArgument({ f }: Site, register: number, parameter: Parameter): void {
  f.push32(register);
  if (parameter !== 'i64') return;
  f.push(register);
  f.code.i64(32);
  f.code.op(Op.I64_SHR_U);
  f.code.op(Op.I32_WRAP_I64);
}

function writeHelperCall(site: Site, helper: AnyHelper): void {
  const { f, unit, instruction } = site;
  const { code } = f;
  if (unit.options.checked) writeArgumentCheck(site);
  for (const [at, parameter] of helper.parameters.entries()) pushArgument(site, at + 1, parameter);
  if (callsBack(helper)) {
    f.push32(helper.callback + 1);
    f.pushFrame();
  }
  if (callsBack(helper)) f.storeFuel();
  code.call(unit.helperIndex(instruction.imm)!);
  if (callsBack(helper) || helper.result === 'i64') {
    code.op(Op.DROP);
    code.i32(0);
    code.access(Op.I64_LOAD, Control.RESULT);
  } else code.op(helper.result === 'i32' ? Op.I64_EXTEND_I32_S : Op.I64_EXTEND_I32_U);
  f.pop(0);
  if (callsBack(helper)) f.loadFuel();
}

function writeArgumentCheck({ f, unit, slot, instruction }: Site): void {
  for (let register = 1; register <= 5; register++) {
    f.code.i32(Control.SCRATCH);
    f.push(register);
    f.code.access(Op.I64_STORE, 8 * (register - 1));
  }
  f.code.i32(instruction.imm);
  f.code.i32(slot);
  f.code.call(unit.imported('checkArguments'));
}

// ---- tail calls

/**
 * Jumps to the program at index r3 of the array r2, which uses this frame; goes on where there is none or too many were made.
 * The program that is jumped to replaces the function that jumps: its result is what the caller of that gets.
 */
function writeTailCall(site: Site): void {
  const { f } = site;
  const { code } = f;
  const program = f.scratch('program', ValueType.I32);
  f.push32(3);
  f.load(Op.I32_LOAD, 2, MapField.MAX_ENTRIES);
  code.op(Op.I32_LT_U);
  code.open(Op.IF);
  code.i32(0);
  code.access(Op.I32_LOAD, Control.TAIL_CALLS);
  code.i32(TAIL_CALL_LIMIT);
  code.op(Op.I32_LT_U);
  code.open(Op.IF);
  f.load(Op.I32_LOAD, 2, MapField.VALUES);
  f.push32(3);
  f.load(Op.I32_LOAD, 2, MapField.ELEMENT_SIZE);
  code.op(Op.I32_MUL);
  code.op(Op.I32_ADD);
  code.access(Op.I32_LOAD, 0);
  code.tee(program);
  code.open(Op.IF);
  code.i32(0);
  code.i32(0);
  code.access(Op.I32_LOAD, Control.TAIL_CALLS);
  code.i32(1);
  code.op(Op.I32_ADD);
  code.access(Op.I32_STORE, Control.TAIL_CALLS);
  writeJump(site, program);
  for (let depth = 0; depth < 3; depth++) code.end();
}

function writeJump({ f, unit }: Site, program: number): void {
  const { code } = f;
  const pushIndex = (): void => {
    code.get(program);
    code.i32(1);
    code.op(Op.I32_SUB);
  };
  // Programs are compiled when they are first jumped to.
  pushIndex();
  code.call(unit.imported('prepare'));
  f.storeFuel();
  f.push(1);
  for (let register = 2; register <= 5; register++) code.i64(0);
  f.pushFrame();
  pushIndex();
  code.returnCallIndirect(unit.module.type(FUNCTION_SIGNATURE), PROGRAMS);
}
