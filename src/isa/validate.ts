// Is one instruction well formed, whatever program it stands in? The messages are the kernel's.
// Source: check_and_resolve_insns(), check_insn_fields() and the places in check_alu_op() and check_atomic() that look at
// constants only (kernel/bpf/verifier.c of Linux 7.2; 6.18 says the same, compared by loading
// every opcode with every field in use, but says some of it only of instructions that it reaches, and has no GOTOX).

import type { Instruction } from './instruction.ts';
import {
  ADDR_SPACE_CAST,
  AddressSpaceCast,
  Alu,
  Atomic,
  Class,
  classOf,
  isAlu,
  isWide,
  Jump,
  LD_IMM64,
  Mode,
  modeOf,
  operationOf,
  PseudoCall,
  PseudoLoad,
  REGISTER_COUNT,
  Size,
  Source,
  sizeOf,
  usesRegisterSource,
} from './opcode.ts';

const knownOpcodes = makeKnownOpcodes();

/** Whether the kernel has an instruction with this opcode. */
export function isKnownOpcode(code: number): boolean {
  return knownOpcodes.has(code);
}

/** What is wrong with the encoding of an instruction, in the kernel's words; `next` is the slot after it. */
export function validateSlot(instruction: Instruction, next: Instruction | undefined): string | undefined {
  return validateFields(instruction, next) ?? validateRegisters(instruction);
}

function validateRegisters({ dst, src }: Instruction): string | undefined {
  if (src >= REGISTER_COUNT) return `R${src} is invalid`;
  return dst >= REGISTER_COUNT ? `R${dst} is invalid` : undefined;
}

function validateFields(instruction: Instruction, next: Instruction | undefined): string | undefined {
  const { code, src } = instruction;
  if (isWide(code)) return validateWide(instruction, next);
  // The kernel looks at loads before it looks the opcode up.
  if (classOf(code) === Class.LDX && (instruction.imm !== 0 || !isLoadMode(modeOf(code)))) {
    return 'BPF_LDX uses reserved fields';
  }
  if (!isKnownOpcode(code)) return `unknown opcode ${code.toString(16).padStart(2, '0')}`;
  switch (classOf(code)) {
    case Class.ALU:
    case Class.ALU64:
      return validateAlu(instruction);
    case Class.JMP:
    case Class.JMP32:
      return validateJump(instruction);
    case Class.LDX:
      return undefined;
    case Class.STX:
      return modeOf(code) === Mode.ATOMIC || instruction.imm === 0 ? undefined : 'BPF_STX uses reserved fields';
    case Class.ST:
      return src === 0 ? undefined : 'BPF_ST uses reserved fields';
    case Class.LD:
      return validatePacketLoad(instruction);
  }
}

/** What is wrong with the constants of a well encoded instruction; the kernel says it only of instructions that it reaches. */
export function validateOperation({ code, imm }: Instruction): string | undefined {
  if (isAlu(code) && !usesRegisterSource(code)) return validateConstant(code, imm);
  if (classOf(code) !== Class.STX || modeOf(code) !== Mode.ATOMIC) return undefined;
  if (!atomicOperations.has(imm)) {
    return `BPF_ATOMIC uses invalid atomic opcode ${(imm >>> 0).toString(16).padStart(2, '0')}`;
  }
  const narrow = sizeOf(code) === Size.B || sizeOf(code) === Size.H;
  const readModifyWrite = imm !== Atomic.LOAD_ACQ && imm !== Atomic.STORE_REL;
  return narrow && readModifyWrite ? 'invalid atomic operand size' : undefined;
}

function validateConstant(code: number, imm: number): string | undefined {
  const operation = operationOf(code);
  if ((operation === Alu.DIV || operation === Alu.MOD) && imm === 0) return 'div by zero';
  const isShift = operation === Alu.LSH || operation === Alu.RSH || operation === Alu.ARSH;
  const width = classOf(code) === Class.ALU64 ? 64 : 32;
  return isShift && (imm < 0 || imm >= width) ? `invalid shift ${imm}` : undefined;
}

const atomicOperations: ReadonlySet<number> = new Set([
  ...[Atomic.ADD, Atomic.OR, Atomic.AND, Atomic.XOR].flatMap((operation) => [operation, operation | Atomic.FETCH]),
  Atomic.XCHG,
  Atomic.CMPXCHG,
  Atomic.LOAD_ACQ,
  Atomic.STORE_REL,
]);

function makeKnownOpcodes(): ReadonlySet<number> {
  const codes = new Set<number>([LD_IMM64, Class.JMP | Jump.JA, Class.JMP32 | Jump.JA, Class.JMP | Jump.JA | Source.X]);
  for (const operation of [Jump.CALL, Jump.EXIT, Jump.JCOND]) codes.add(Class.JMP | operation);
  for (let operation: number = Jump.JEQ; operation <= Jump.JSLE; operation += 0x10) {
    if (operation === Jump.CALL || operation === Jump.EXIT) continue;
    for (const kind of [Class.JMP, Class.JMP32]) codes.add(kind | operation).add(kind | Source.X | operation);
  }
  for (let operation: number = Alu.ADD; operation <= Alu.ARSH; operation += 0x10) {
    for (const kind of [Class.ALU, Class.ALU64]) {
      codes.add(kind | operation);
      if (operation !== Alu.NEG) codes.add(kind | Source.X | operation);
    }
  }
  for (const kind of [Class.ALU, Class.ALU | Source.X, Class.ALU64]) codes.add(kind | Alu.END);
  for (const size of [Size.B, Size.H, Size.W, Size.DW]) {
    for (const kind of [Class.LDX, Class.ST, Class.STX]) codes.add(kind | Mode.MEM | size);
    codes.add(Class.STX | Mode.ATOMIC | size);
    if (size === Size.DW) continue;
    codes.add(Class.LDX | Mode.MEMSX | size);
    codes.add(Class.LD | Mode.ABS | size).add(Class.LD | Mode.IND | size);
  }
  return codes;
}

function isLoadMode(mode: number): boolean {
  return mode === Mode.MEM || mode === Mode.MEMSX;
}

function validateWide(first: Instruction, next: Instruction | undefined): string | undefined {
  if (!next || next.code || next.dst || next.src || next.off) return 'invalid bpf_ld_imm64 insn';
  if (first.off !== 0) return 'BPF_LD_IMM64 uses reserved fields';
  if (first.src > PseudoLoad.MAP_IDX_VALUE) return 'unrecognized bpf_ld_imm64 insn';
  const isMap = first.src === PseudoLoad.MAP_FD || first.src === PseudoLoad.MAP_IDX;
  return isMap && next.imm !== 0 ? 'unrecognized bpf_ld_imm64 insn' : undefined;
}

function validateAlu({ code, src, off, imm }: Instruction): string | undefined {
  const operation = operationOf(code);
  if (operation === Alu.NEG) return src || off || imm ? 'BPF_NEG uses reserved fields' : undefined;
  if (operation === Alu.END) {
    const width = imm === 16 || imm === 32 || imm === 64;
    return src || off || !width ? 'BPF_END uses reserved fields' : undefined;
  }
  if (operation === Alu.MOV) return validateMove(code, src, off, imm);
  const unused = usesRegisterSource(code) ? imm : src;
  const signed = off === 1 && (operation === Alu.DIV || operation === Alu.MOD);
  return unused || (off !== 0 && !signed) ? 'BPF_ALU uses reserved fields' : undefined;
}

function validateMove(code: number, src: number, off: number, imm: number): string | undefined {
  const reserved = 'BPF_MOV uses reserved fields';
  if (!usesRegisterSource(code)) return src || off ? reserved : undefined;
  const wide = classOf(code) === Class.ALU64;
  if (wide && off === ADDR_SPACE_CAST) {
    if (imm === AddressSpaceCast.TO_KERNEL || imm === AddressSpaceCast.TO_USER) return undefined;
    return 'addr_space_cast insn can only convert between address space 1 and 0';
  }
  const known = off === 0 || off === 8 || off === 16 || (wide && off === 32);
  return imm || !known ? reserved : undefined;
}

function validateJump({ code, dst, src, off, imm }: Instruction): string | undefined {
  switch (code) {
    case Class.JMP | Jump.CALL: {
      const known = src === PseudoCall.HELPER || src === PseudoCall.SUBPROGRAM || src === PseudoCall.KFUNC;
      const index = src === PseudoCall.KFUNC ? 0 : off;
      return dst || index || !known ? 'BPF_CALL uses reserved fields' : undefined;
    }
    case Class.JMP | Jump.EXIT:
      // The kernel does not look at the offset.
      return dst || src || imm ? 'BPF_EXIT uses reserved fields' : undefined;
    case Class.JMP | Jump.JA:
      return dst || src || imm ? 'BPF_JA uses reserved fields' : undefined;
    case Class.JMP32 | Jump.JA:
      return dst || src || off ? 'BPF_JA uses reserved fields' : undefined;
    case Class.JMP | Jump.JA | Source.X:
      return src || off || imm ? 'BPF_JA|BPF_X uses reserved fields' : undefined;
    case Class.JMP | Jump.JCOND:
      return dst || src || imm ? `invalid may_goto imm ${imm}` : undefined;
  }
  return (usesRegisterSource(code) ? imm : src) ? 'BPF_JMP/JMP32 uses reserved fields' : undefined;
}

function validatePacketLoad({ code, dst, src, off }: Instruction): string | undefined {
  const unused = modeOf(code) === Mode.ABS ? src : 0;
  return dst || off || unused ? 'BPF_LD_[ABS|IND] uses reserved fields' : undefined;
}
