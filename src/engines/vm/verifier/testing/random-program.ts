// Random programs that stand at the border between what is accepted and what is not: they know roughly what each register
// holds, mostly do what makes sense with it, and sometimes do not.

import {
  Alu,
  Atomic,
  alu32,
  alu32Imm,
  alu64,
  alu64Imm,
  atomic,
  bswap,
  callHelper,
  callSub,
  exit,
  helperId,
  type Instruction,
  Jump,
  ja,
  jump,
  jump32,
  jump32Imm,
  jumpImm,
  loadFunc,
  loadImm64,
  loadMapFd,
  loadMapValue,
  loadMem,
  loadMemSx,
  mayGoto,
  mov,
  mov32,
  mov32Imm,
  movImm,
  movsx,
  movsx32,
  neg,
  neg32,
  Size,
  sdivImm,
  storeImm,
  storeMem,
  toBigEndian,
} from '../../../../isa/index.ts';
import type { MapShape } from '../input.ts';
import type { Random } from './random.ts';

export interface RandomProgram {
  readonly kind: string;
  readonly instructions: readonly Instruction[];
  readonly maps: readonly MapShape[];
}

/** The maps of every random program. */
export const randomMaps: readonly MapShape[] = [
  { kind: 'array', keySize: 4, valueSize: 64, maxEntries: 4 },
  { kind: 'hash', keySize: 8, valueSize: 48, maxEntries: 16 },
  { kind: 'array', keySize: 4, valueSize: 32, maxEntries: 1 },
  { kind: 'ringbuf', keySize: 0, valueSize: 0, maxEntries: 4096 },
];

const kinds = [
  'socket_filter',
  'xdp',
  'sched_cls',
  'tracepoint',
  'raw_tracepoint',
  'kprobe',
  'cgroup_skb',
  'perf_event',
];

/** What the generator believes of a register. */
type Held = 'none' | 'number' | 'ctx' | 'map' | 'value' | 'value?' | 'stack' | 'packet' | 'end' | 'record' | 'record?';

const sizes = [Size.B, Size.H, Size.W, Size.DW];
const operations = [Alu.ADD, Alu.SUB, Alu.MUL, Alu.DIV, Alu.OR, Alu.AND, Alu.LSH, Alu.RSH, Alu.MOD, Alu.XOR, Alu.ARSH];
const comparisons = [
  Jump.JEQ,
  Jump.JNE,
  Jump.JGT,
  Jump.JGE,
  Jump.JLT,
  Jump.JLE,
  Jump.JSET,
  Jump.JSGT,
  Jump.JSGE,
  Jump.JSLT,
  Jump.JSLE,
];
const constants = [0, 1, 2, 3, 4, 7, 8, 15, 16, 31, 32, 63, 64, 127, 255, 256, 4095, 65535, -1, -2, -8, -16, -64];
const extremes = [0x7fffffff, -0x80000000, 0x40000000, 0x20000000, 0x1fffffff, 100000, -100000];

class Generator {
  readonly #random: Random;
  readonly #kind: string;
  readonly #held: Held[] = new Array<Held>(11).fill('none');
  readonly #slots = new Map<number, Held>();
  readonly #code: Instruction[] = [];
  readonly #calls: number[] = [];
  /** Wide loads of callbacks that come behind the program, by what calls them. */
  readonly #callbacks: { readonly at: number; readonly caller: 'loop' | 'for_each_map_elem' }[] = [];
  #depth = 0;
  #inFunction = false;
  /** Jumps whose target comes later. */
  #open: { readonly at: number; readonly left: number }[] = [];

  constructor(random: Random) {
    this.#random = random;
    this.#kind = random.pick(kinds);
    this.#held[1] = 'ctx';
    this.#held[10] = 'stack';
  }

  run(length: number): RandomProgram {
    const saves = this.#random.chance(80);
    if (saves) this.#emit(mov(6, 1), 6, 'ctx');
    for (let n = this.#random.below(4); n > 0; n--) this.#seedNumber();
    while (this.#code.length < length) {
      this.#statement();
      this.#closeSome();
    }
    this.#end();
    this.#appendFunction();
    this.#appendCallbacks();
    return { kind: this.#kind, instructions: this.#code, maps: randomMaps };
  }

  #emit(instruction: Instruction | readonly Instruction[], register?: number, held: Held = 'number'): void {
    if (Array.isArray(instruction)) this.#code.push(...(instruction as readonly Instruction[]));
    else this.#code.push(instruction as Instruction);
    if (register !== undefined && register < 10) this.#held[register] = held;
  }

  #statement(): void {
    const r = this.#random;
    const roll = r.below(100);
    if (roll < 3) this.#loop();
    else if (roll < 25) this.#arithmetic();
    else if (roll < 35) this.#move();
    else if (roll < 47) this.#stackAccess();
    else if (roll < 57) this.#memoryAccess();
    else if (roll < 72) this.#branch();
    else if (roll < 80) this.#lookup();
    else if (roll < 84) this.#contextLoad();
    else if (roll < 88) this.#pointerMove();
    else if (roll < 91) this.#packetCheck();
    else if (roll < 94) this.#helper();
    else if (roll < 96) this.#record();
    else if (roll < 97) this.#atomic();
    else if (roll < 98) this.#callFunction();
    else this.#anything();
  }

  #constant(): number {
    return this.#random.chance(90) ? this.#random.pick(constants) : this.#random.pick(extremes);
  }

  #register(held: Held): number | undefined {
    const found = this.#held.flatMap((what, register) => (what === held ? [register] : []));
    return found.length > 0 ? this.#random.pick(found) : undefined;
  }

  #number(): number {
    const register = this.#register('number');
    if (register !== undefined && this.#random.chance(97)) return register;
    if (this.#random.chance(3)) return this.#random.below(11);
    return this.#seedNumber();
  }

  #free(): number {
    return this.#random.chance(99) ? this.#random.pick([0, 1, 2, 3, 4, 5, 7, 8, 9]) : this.#random.below(11);
  }

  #seedNumber(): number {
    const r = this.#random;
    const to = this.#free();
    switch (r.below(5)) {
      case 0:
        this.#emit(movImm(to, this.#constant()), to);
        break;
      case 1:
        this.#emit(mov32Imm(to, this.#constant()), to);
        break;
      case 2:
        this.#emit(loadImm64(to, BigInt(this.#constant()) * BigInt(r.pick([1, 0x10001, 0x100000000]))), to);
        break;
      default:
        this.#loadUnknown(to);
    }
    return to;
  }

  #loadUnknown(to: number): void {
    const context = this.#register('ctx');
    if (context === undefined) this.#emit(movImm(to, this.#constant()), to);
    else {
      const [size, off] = this.#contextField();
      this.#emit(loadMem(size, to, context, off), to);
    }
  }

  /** A field that the kind of program can read as a number. */
  #contextField(): [Size, number] {
    const r = this.#random;
    switch (this.#kind) {
      case 'xdp':
        return [Size.W, r.pick([12, 16])];
      case 'tracepoint':
        return [r.pick(sizes), 8 + 8 * r.below(8)];
      case 'raw_tracepoint':
      case 'perf_event':
      case 'kprobe':
        return [Size.DW, 8 * r.below(12)];
      default:
        return [Size.W, r.pick([0, 4, 8, 16, 32, 36, 40, 48, 52, 68])];
    }
  }

  #arithmetic(): void {
    const r = this.#random;
    const to = this.#number();
    const operation = r.pick(operations);
    const shift = operation === Alu.LSH || operation === Alu.RSH || operation === Alu.ARSH;
    if (r.chance(60)) {
      const imm = shift && r.chance(98) ? r.below(r.chance(50) ? 32 : 64) : this.#constant();
      const wide = r.chance(60);
      this.#emit(wide ? alu64Imm(operation, to, imm) : alu32Imm(operation, to, shift ? imm % 32 : imm), to);
    } else {
      const from = this.#number();
      this.#emit(r.chance(60) ? alu64(operation, to, from) : alu32(operation, to, from), to);
    }
    if (r.chance(8)) this.#emit(r.chance(50) ? neg(to) : neg32(to), to);
    if (r.chance(4))
      this.#emit(
        r.chance(50) ? bswap(r.pick([16, 32, 64] as const), to) : toBigEndian(r.pick([16, 32, 64] as const), to),
        to,
      );
    if (r.chance(2)) this.#emit(sdivImm(to, this.#constant()), to);
  }

  #move(): void {
    const r = this.#random;
    const from = r.chance(60) ? this.#number() : r.below(11);
    const to = this.#free();
    const held = this.#held[from]!;
    if (held === 'none' && r.chance(97)) return;
    const roll = r.below(10);
    if (roll < 6 || held !== 'number') this.#emit(mov(to, from), to, held);
    else if (roll < 8) this.#emit(mov32(to, from), to);
    else if (roll < 9) this.#emit(movsx(r.pick([8, 16, 32] as const), to, from), to);
    else this.#emit(movsx32(r.pick([8, 16] as const), to, from), to);
  }

  #stackAccess(): void {
    const r = this.#random;
    const size = r.pick(sizes);
    const bytes = { [Size.B]: 1, [Size.H]: 2, [Size.W]: 4, [Size.DW]: 8 }[size];
    const aligned = -8 * (1 + r.below(4)) + bytes * r.below(8 / bytes);
    const off = r.chance(97) ? aligned : r.below(540) - 530;
    if (r.chance(50)) {
      const from = r.chance(70) ? this.#number() : r.below(11);
      if (this.#held[from] === 'none' && r.chance(97)) return;
      const whole = size === Size.DW ? this.#held[from]! : 'number';
      if (this.#held[from] !== 'number' && size !== Size.DW && r.chance(95)) return;
      this.#emit(r.chance(85) ? storeMem(size, 10, off, from) : storeImm(size, 10, off, this.#constant()));
      this.#slots.set(off & ~7, off % 8 === 0 ? whole : 'number');
      return;
    }
    const to = this.#free();
    const known = this.#slots.get(off & ~7);
    if (known === undefined && r.chance(95)) return;
    const held = size === Size.DW && off % 8 === 0 ? (known ?? 'number') : 'number';
    if (r.chance(10) && size !== Size.DW) this.#emit(loadMemSx(size, to, 10, off), to);
    else this.#emit(loadMem(size, to, 10, off), to, held);
  }

  #memoryAccess(): void {
    const r = this.#random;
    const base = this.#register(r.pick(['value', 'value', 'packet', 'record', 'stack'] as const));
    if (base === undefined || base === 10) return;
    const size = r.pick(sizes);
    const off = r.chance(85) ? r.pick([0, 0, 4, 8, 12, 16, 24]) : r.below(80) - 8;
    if (r.chance(60)) {
      const to = this.#free();
      this.#emit(loadMem(size, to, base, off), to);
    } else if (r.chance(50)) {
      this.#emit(storeMem(size, base, off, this.#number()));
    } else {
      this.#emit(storeImm(size, base, off, this.#constant()));
    }
  }

  #branch(): void {
    const r = this.#random;
    const left = r.chance(92) ? this.#number() : r.below(11);
    if (this.#held[left] === 'none') return;
    const operation = r.pick(comparisons);
    const wide = r.chance(65);
    const at = this.#code.length;
    if (r.chance(65)) {
      const imm = this.#constant();
      this.#emit(wide ? jumpImm(operation, left, imm, 0) : jump32Imm(operation, left, imm, 0));
    } else {
      const right = this.#number();
      this.#emit(wide ? jump(operation, left, right, 0) : jump32(operation, left, right, 0));
    }
    const jumpAt = this.#code.length - 1;
    if (jumpAt < at) return;
    this.#open.push({ at: jumpAt, left: 1 + r.below(6) });
    if (r.chance(8)) this.#emit(ja(0));
  }

  /** Lets open jumps land here when their time has come. */
  #closeSome(): void {
    const still: { at: number; left: number }[] = [];
    for (const { at, left } of this.#open) {
      if (left > 1) still.push({ at, left: left - 1 });
      else this.#land(at);
    }
    this.#open = still;
  }

  #land(at: number): void {
    const jumpInstruction = this.#code[at]!;
    this.#code[at] = { ...jumpInstruction, off: this.#code.length - at - 1 };
  }

  #lookup(): void {
    const r = this.#random;
    const map = r.below(3);
    if (map === 2) {
      const to = this.#free();
      this.#emit(loadMapValue(to, 2, r.chance(90) ? 4 * r.below(6) : r.below(40)), to, 'value');
      return;
    }
    const off = map === 0 ? -4 : -8;
    if (r.chance(97)) {
      const key = r.chance(50) ? this.#number() : -1;
      if (map === 0) this.#emit(key < 0 ? storeImm(Size.W, 10, off, r.below(6)) : storeMem(Size.W, 10, off, key));
      else this.#emit(key < 0 ? storeImm(Size.DW, 10, off, 1) : storeMem(Size.DW, 10, off, key));
      this.#slots.set(-8, 'number');
    }
    this.#emit(loadMapFd(1, map), 1, 'map');
    this.#emit(mov(2, 10), 2, 'stack');
    this.#emit(alu64Imm(Alu.ADD, 2, off));
    this.#call('map_lookup_elem');
    this.#held[0] = 'value?';
    if (r.chance(90)) this.#nullCheck(0, 'value');
    if (r.chance(60)) {
      const to = r.pick([7, 8, 9]);
      this.#emit(mov(to, 0), to, this.#held[0]);
    }
  }

  #nullCheck(register: number, held: Held): void {
    const r = this.#random;
    const at = this.#code.length;
    this.#emit(jumpImm(Jump.JEQ, register, 0, 0));
    this.#held[register] = held;
    if (r.chance(30)) {
      this.#open.push({ at, left: 1 + r.below(6) });
      return;
    }
    this.#code[at] = jumpImm(Jump.JNE, register, 0, 2);
    this.#emit(movImm(0, 0));
    this.#emit(exit());
  }

  #call(name: Parameters<typeof helperId>[0]): void {
    this.#emit(callHelper(helperId(name)));
    for (let register = 0; register <= 5; register++) this.#held[register] = 'none';
    this.#held[0] = 'number';
  }

  #contextLoad(): void {
    const r = this.#random;
    const context = this.#register('ctx');
    if (context === undefined) return;
    const to = this.#free();
    const roll = r.below(100);
    if (roll < 70) {
      const [size, off] = this.#contextField();
      this.#emit(loadMem(size, to, context, off), to);
    } else if (roll < 91) {
      this.#emit(loadMem(r.pick(sizes), to, context, r.below(200)), to);
    } else {
      this.#emit(storeMem(r.pick(sizes), context, 4 * r.below(24), this.#number()));
    }
  }

  #pointerMove(): void {
    const r = this.#random;
    const base = this.#register(r.pick(['value', 'value', 'packet', 'record', 'stack'] as const));
    if (base === undefined || base === 10) {
      const to = this.#free();
      this.#emit(mov(to, 10), to, 'stack');
      this.#emit(alu64Imm(Alu.ADD, to, r.pick([-8, -16, -24, -32])));
      return;
    }
    if (r.chance(35)) {
      this.#emit(alu64Imm(r.chance(80) ? Alu.ADD : Alu.SUB, base, r.pick([0, 1, 2, 4, 8, 14, 20, -4])));
      return;
    }
    const index = this.#number();
    if (index === base) return;
    if (r.chance(75)) this.#emit(alu64Imm(Alu.AND, index, r.pick([1, 3, 7, 15, 31, 63])), index);
    this.#emit(r.chance(85) ? alu64(Alu.ADD, base, index) : alu64(Alu.SUB, base, index));
  }

  #packetCheck(): void {
    const r = this.#random;
    const context = this.#register('ctx');
    if (context === undefined) return;
    const fields: Readonly<Record<string, readonly [number, number]>> = {
      xdp: [0, 4],
      sched_cls: [76, 80],
      cgroup_skb: [76, 80],
    };
    const field = fields[this.#kind];
    if (!field && r.chance(95)) return;
    const [from, to] = field ?? [76, 80];
    const packet = r.pick([7, 8]);
    const end = r.pick([3, 4, 5]);
    this.#emit(loadMem(Size.W, packet, context, from), packet, 'packet');
    this.#emit(loadMem(Size.W, end, context, to), end, 'end');
    const next = r.pick([1, 2]);
    if (context === next || context === end || context === packet) return;
    this.#emit(mov(next, packet), next, 'packet');
    if (r.chance(30)) {
      const index = r.pick([0, 9]);
      this.#loadUnknown(index);
      this.#emit(alu64Imm(Alu.AND, index, r.pick([15, 255, 0xffff])), index);
      this.#emit(alu64(Alu.ADD, next, index));
      this.#emit(mov(packet, next), packet, 'packet');
    }
    this.#emit(alu64Imm(Alu.ADD, next, r.pick([1, 8, 14, 34, 64])));
    const at = this.#code.length;
    const operation = r.pick([Jump.JGT, Jump.JGT, Jump.JGE, Jump.JLT, Jump.JLE]);
    const turned = r.chance(30);
    this.#emit(turned ? jump(operation, end, next, 0) : jump(operation, next, end, 0));
    this.#open.push({ at, left: 2 + r.below(6) });
  }

  #helper(): void {
    const r = this.#random;
    switch (r.below(9)) {
      case 5:
      case 6:
        this.#packetHelper();
        return;
      case 7:
        this.#callback();
        return;
      case 8:
        this.#bytesHelper();
        return;
      case 0:
        this.#call(r.pick(['ktime_get_ns', 'get_prandom_u32', 'get_smp_processor_id', 'get_current_pid_tgid']));
        return;
      case 1: {
        const size = r.chance(60) ? r.pick([1, 4, 8, 16, 24]) : -1;
        const number = this.#number();
        if (size > 0) this.#emit(movImm(2, size), 2);
        else {
          this.#emit(mov(2, number), 2);
          if (r.chance(80)) this.#emit(alu64Imm(Alu.AND, 2, r.pick([7, 15, 31])));
        }
        this.#emit(mov(1, 10), 1, 'stack');
        this.#emit(alu64Imm(Alu.ADD, 1, r.pick([-8, -16, -32])));
        this.#emit(movImm(3, 0), 3);
        this.#call('probe_read_kernel');
        return;
      }
      case 2: {
        this.#emit(loadMapFd(1, r.below(2)), 1, 'map');
        this.#emit(mov(2, 10), 2, 'stack');
        this.#emit(alu64Imm(Alu.ADD, 2, -8));
        const value = this.#register('value');
        this.#emit(value !== undefined && r.chance(50) ? mov(3, value) : mov(3, 10), 3, 'stack');
        if (r.chance(70)) this.#emit(alu64Imm(Alu.ADD, 3, -64));
        this.#emit(movImm(4, 0), 4);
        this.#call('map_update_elem');
        return;
      }
      case 3: {
        this.#emit(mov(1, 10), 1, 'stack');
        this.#emit(alu64Imm(Alu.ADD, 1, -16));
        this.#emit(movImm(2, r.pick([8, 16, 17])), 2);
        this.#call('get_current_comm');
        return;
      }
      default:
        this.#emit(callHelper(r.below(212)));
        for (let register = 1; register <= 5; register++) this.#held[register] = 'none';
    }
  }

  /** Bytes on the stack below r10, as argument `register`. */
  #stackArgument(register: number, off: number): void {
    this.#emit(mov(register, 10), register, 'stack');
    this.#emit(alu64Imm(Alu.ADD, register, off));
  }

  /** Helpers that read, write and resize packets; after some of them pointers into it are void. */
  #packetHelper(): void {
    const r = this.#random;
    const context = this.#register('ctx');
    if (context === undefined) return;
    const size = r.pick([1, 2, 4, 8, 16]);
    const offset = r.chance(70) ? undefined : this.#number();
    if (offset !== undefined) this.#emit(mov(2, offset), 2);
    else this.#emit(movImm(2, r.pick([0, 0, 1, 4, 14, 24, 60, -1])), 2);
    if (context !== 1) this.#emit(mov(1, context), 1, 'ctx');
    if (this.#kind === 'xdp') {
      if (offset === undefined) this.#emit(movImm(2, r.pick([0, 4, -4, 8, -8, 14, -20, 64])), 2);
      const name = r.pick([
        'xdp_adjust_head',
        'xdp_adjust_meta',
        'xdp_adjust_tail',
        'xdp_load_bytes',
        'xdp_store_bytes',
      ]);
      if (name.endsWith('bytes')) {
        this.#stackArgument(3, -32);
        this.#emit(movImm(4, size), 4);
      }
      this.#call(name as Parameters<typeof helperId>[0]);
    } else if (r.chance(60)) {
      this.#stackArgument(3, -32);
      this.#emit(movImm(4, size), 4);
      const stores = this.#kind === 'sched_cls' && r.chance(50);
      if (stores) this.#emit(movImm(5, 0), 5);
      this.#call(stores ? 'skb_store_bytes' : 'skb_load_bytes');
    } else {
      this.#emit(movImm(3, 0), 3);
      this.#call(r.pick(['skb_pull_data', 'skb_change_tail', 'skb_change_head']));
    }
    // Pointers to where the packet was.
    for (const [register, held] of this.#held.entries()) {
      if ((held === 'packet' || held === 'end') && r.chance(90)) this.#held[register] = 'none';
    }
  }

  /** Helpers that work on bytes: checksums, numbers from text, entries that are taken out. */
  #bytesHelper(): void {
    const r = this.#random;
    const roll = r.below(3);
    if (roll === 0) {
      this.#stackArgument(1, -32);
      this.#emit(movImm(2, r.pick([0, 4, 8, 16])), 2);
      this.#stackArgument(3, -16);
      this.#emit(movImm(4, r.pick([4, 8, 16])), 4);
      this.#emit(movImm(5, r.pick([0, 0xffff, 1])), 5);
      this.#call('csum_diff');
    } else if (roll === 1) {
      this.#emit(loadMapFd(1, r.below(2)), 1, 'map');
      this.#stackArgument(2, -8);
      this.#call('map_delete_elem');
    } else {
      // '12', '-7 ', '0x', 'z'
      this.#emit(storeImm(Size.DW, 10, -16, r.pick([0x3231, 0x20372d, 0x7830, 0x7a])));
      this.#stackArgument(1, -16);
      this.#emit(movImm(2, r.pick([4, 8])), 2);
      this.#emit(movImm(3, r.pick([0, 10, 16])), 3);
      this.#stackArgument(4, -24);
      this.#slots.set(-24, 'number');
      this.#call(r.pick(['strtol', 'strtoul']));
    }
  }

  /** bpf_loop or bpf_for_each_map_elem with a function that is put behind the program. */
  #callback(): void {
    const r = this.#random;
    if (this.#inFunction || this.#depth > 0) return;
    const caller = r.chance(60) ? 'loop' : 'for_each_map_elem';
    if (caller === 'loop') {
      if (r.chance(70)) this.#emit(movImm(1, r.pick([0, 1, 3, 20])), 1);
      else {
        this.#emit(mov(1, this.#number()), 1);
        this.#emit(alu64Imm(Alu.AND, 1, 31), 1);
      }
    } else this.#emit(loadMapFd(1, r.below(2)), 1, 'map');
    this.#callbacks.push({ at: this.#code.length, caller });
    this.#emit(loadFunc(2, 0), 2, 'none');
    this.#stackArgument(3, r.pick([-8, -16, -32]));
    this.#emit(movImm(4, 0), 4);
    this.#call(caller);
  }

  #appendCallbacks(): void {
    for (const { at, caller } of this.#callbacks) {
      this.#code.splice(at, 2, ...loadFunc(2, this.#code.length - at - 1));
      this.#held.fill('none');
      this.#held[10] = 'stack';
      if (caller === 'loop') {
        this.#held[1] = 'number';
        this.#held[2] = 'stack';
      } else {
        this.#held[1] = 'map';
        this.#held[2] = 'stack';
        this.#held[3] = 'value';
        this.#held[4] = 'stack';
      }
      this.#slots.clear();
      this.#inFunction = true;
      const end = this.#code.length + this.#random.below(10);
      while (this.#code.length < end) {
        this.#statement();
        this.#closeSome();
      }
      for (const { at: jumpAt } of this.#open) this.#land(jumpAt);
      this.#open = [];
      this.#emit(movImm(0, this.#random.chance(80) ? 0 : 1));
      this.#emit(exit());
    }
  }

  #record(): void {
    const r = this.#random;
    this.#emit(loadMapFd(1, 3), 1, 'map');
    this.#emit(movImm(2, r.pick([8, 16, 32])), 2);
    this.#emit(movImm(3, 0), 3);
    this.#call('ringbuf_reserve');
    const to = r.pick([7, 8, 9]);
    this.#emit(mov(to, 0), to, 'record?');
    this.#held[0] = 'record?';
    this.#nullCheck(r.pick([0, to]), 'record');
    this.#held[to] = 'record';
    for (let n = r.below(4); n > 0; n--) this.#memoryAccess();
    if (r.chance(5)) return;
    this.#emit(mov(1, to), 1, 'record');
    this.#emit(movImm(2, 0), 2);
    this.#call(r.pick(['ringbuf_submit', 'ringbuf_discard']));
    this.#held[to] = 'none';
    this.#held[0] = 'none';
  }

  /** A loop of a few turns, sometimes one whose end depends on the context or on nothing. */
  #loop(): void {
    const r = this.#random;
    if (this.#depth > 0) return;
    this.#depth++;
    const counter = r.pick([7, 8, 9]);
    if (r.chance(75)) this.#emit(movImm(counter, 0), counter);
    else {
      this.#loadUnknown(counter);
      this.#emit(alu64Imm(Alu.AND, counter, 7));
    }
    const start = this.#code.length;
    const budget = r.chance(8) ? start : -1;
    if (budget >= 0) this.#emit(mayGoto(0));
    if (r.chance(90)) this.#held[counter] = 'none';
    for (let n = r.below(4); n > 0; n--) this.#statement();
    this.#held[counter] = 'number';
    this.#emit(alu64Imm(Alu.ADD, counter, r.pick([1, 1, 2, 4])));
    const back = start - this.#code.length - 1;
    const limit = r.pick([2, 3, 6]);
    if (budget >= 0) {
      this.#emit(ja(back));
      this.#land(budget);
    } else if (r.chance(70)) this.#emit(jumpImm(r.pick([Jump.JLT, Jump.JSLT]), counter, limit, back));
    else this.#emit(jump32Imm(Jump.JLT, counter, limit, back));
    this.#depth--;
  }

  /** A call of a function that is put behind the program at the end. */
  #callFunction(): void {
    if (this.#inFunction) return;
    const number = this.#number();
    this.#emit(mov(1, number), 1);
    this.#emit(mov(2, 10), 2, 'stack');
    this.#emit(alu64Imm(Alu.ADD, 2, this.#random.pick([-8, -16, -32])));
    this.#calls.push(this.#code.length);
    this.#emit(callSub(0));
    for (let register = 0; register <= 5; register++) this.#held[register] = 'none';
    this.#held[0] = 'number';
  }

  #appendFunction(): void {
    if (this.#calls.length === 0) return;
    this.#inFunction = true;
    const start = this.#code.length;
    for (const at of this.#calls) this.#code[at] = callSub(start - at - 1);
    this.#calls.length = 0;
    this.#held.fill('none');
    this.#held[1] = 'number';
    this.#held[2] = 'stack';
    this.#held[10] = 'stack';
    this.#slots.clear();
    this.#open = [];
    const end = start + 3 + this.#random.below(10);
    while (this.#code.length < end) {
      this.#statement();
      this.#closeSome();
    }
    for (const { at } of this.#open) this.#land(at);
    this.#open = [];
    this.#emit(movImm(0, 0));
    this.#emit(exit());
    this.#calls.length = 0;
  }

  #atomic(): void {
    const r = this.#random;
    const base = r.chance(50) ? 10 : this.#register('value');
    if (base === undefined) return;
    const size = r.pick([Size.W, Size.DW]);
    const off = base === 10 ? r.pick([-8, -16]) : r.pick([0, 8, 4]);
    const operation = r.pick([
      Atomic.ADD,
      Atomic.OR | Atomic.FETCH,
      Atomic.XOR,
      Atomic.AND | Atomic.FETCH,
      Atomic.XCHG,
      Atomic.CMPXCHG,
      Atomic.ADD | Atomic.FETCH,
    ]);
    const from = this.#number();
    this.#emit(atomic(operation, size, base, off, from));
    if (operation === Atomic.CMPXCHG) this.#held[0] = 'number';
  }

  #anything(): void {
    const r = this.#random;
    const from = r.below(11);
    const to = r.below(11);
    const roll = r.below(6);
    if (roll === 0) this.#emit(alu64(r.pick(operations), to, from));
    else if (roll === 1) this.#emit(alu32Imm(r.pick(operations), to, this.#constant()));
    else if (roll === 2) this.#emit(loadMem(r.pick(sizes), to, from, r.below(64) - 32), to);
    else if (roll === 3) this.#emit(storeMem(r.pick(sizes), to, r.below(64) - 32, from));
    else if (roll === 4) this.#emit(mov(to, from), to, this.#held[from]);
    else this.#emit(atomic(Atomic.ADD, Size.DW, to, -8, from));
  }

  #end(): void {
    for (const { at } of this.#open) this.#land(at);
    this.#open = [];
    const returned = this.#register('number');
    if (this.#random.chance(15) && returned !== undefined) this.#emit(mov(0, returned), 0);
    else if (this.#random.chance(95)) this.#emit(movImm(0, this.#random.below(2)), 0);
    this.#emit(exit());
  }
}

/** A program of about so many instructions. */
export function randomProgram(random: Random, length: number): RandomProgram {
  return new Generator(random).run(length);
}

/** The program with one instruction changed, removed or doubled. */
export function mutate(random: Random, program: RandomProgram): RandomProgram {
  const code = program.instructions.slice();
  const at = random.below(code.length);
  const old = code[at]!;
  const roll = random.below(7);
  if (roll === 0) code[at] = { ...old, dst: random.below(11) };
  else if (roll === 1) code[at] = { ...old, src: random.below(11) };
  else if (roll === 2) code[at] = { ...old, off: old.off + random.pick([-8, -4, -1, 1, 4, 8]) };
  else if (roll === 3) code[at] = { ...old, imm: (old.imm + random.pick([-8, -1, 1, 8, 64])) | 0 };
  else if (roll === 4) code[at] = { ...old, code: old.code ^ (1 << random.below(8)) };
  else if (roll === 5) code.splice(at, 1);
  else code.splice(at, 0, old);
  return { ...program, instructions: code };
}
