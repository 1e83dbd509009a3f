// One program while it is made: its function builder, its context, its counters and its scratch space. Callbacks and
// subprograms are further functions of the same program; each has a ProgramBuilder of its own that shares the scratch space.
//
// A program starts with one lookup of its entry in the frame map (a per-CPU array, inlined by the JIT): the counters and
// all scratch space hang off that pointer. Values of up to 32 bytes live on the stack instead.

import { assert } from '../base/error.ts';
import type { Span } from '../base/source.ts';
import { type AttachPoint, COUNTERS, type CodeFunction, type Counter, roundUp } from '../image/index.ts';
import { type HelperName, helperId } from '../isa/index.ts';
import { FunctionBuilder } from './builder.ts';
import { CompileError } from './error.ts';
import type { Block, Func, Instruction, ProgramDefinition, StackSlot } from './ir.ts';
import type { ModuleBuilder } from './module.ts';

/** An address in a register plus a constant offset. The base is aligned to 8 bytes unless `align` says less. */
export interface Place {
  readonly base: Instruction;
  readonly offset: number;
  readonly align?: 1 | 2 | 4 | 8;
}

/** A piece of scratch space, the same in all functions of the program; `ProgramBuilder.at` gives its address. */
export interface Local {
  readonly bank: number;
  readonly offset: number;
  readonly size: number;
}

export interface ProgramOptions {
  /** A C identifier, unique in the Image. */
  readonly name: string;
  /** The kernel's program type by its short name. */
  readonly kind: string;
  readonly attachKind?: string;
  readonly sleepable?: boolean;
  /** What the program returns when nothing else is said; 0 by default. */
  readonly exitValue?: number;
}

/** Bytes up to which `temp` takes the stack. */
const STACK_LIMIT = 32;

/** Banks of scratch space that a program may fill; in practice a value that fits no bank fills none. */
const MOST_BANKS = 64;

/** What all functions of a program share. */
class Scratch {
  /** How much of each bank is in use now. */
  readonly tops: number[] = [0];
  readonly module: ModuleBuilder;

  constructor(module: ModuleBuilder) {
    this.module = module;
  }

  take(size: number, align: number, span: Span | undefined): Local {
    for (let bank = 0; ; bank++) {
      const offset = roundUp(this.tops[bank] ?? 0, Math.max(align, 8));
      if (offset + size > this.module.bankCapacity(bank)) {
        if (bank >= MOST_BANKS)
          throw new CompileError('too-much-scratch', `a value of ${size} bytes is too large`, [], span);
        continue;
      }
      this.tops[bank] = offset + size;
      this.module.reserveBank(bank, offset + size);
      return { bank, offset, size };
    }
  }
}

export class ProgramBuilder {
  readonly module: ModuleBuilder;
  readonly options: ProgramOptions;
  /** This program's entry in the frame map. */
  readonly index: number;
  /** Builds the code of the current function. */
  readonly b: FunctionBuilder;
  /** What `exit` does instead of returning, in callbacks. */
  leave: ((value: Instruction | undefined) => void) | undefined;
  readonly #scratch: Scratch;
  readonly #root: ProgramBuilder;
  readonly #freeSlots: StackSlot[] = [];
  #usedSlots: StackSlot[] = [];
  #nested = 0;
  #frame: Instruction | undefined;
  #context: Instruction | undefined;
  #zeroKey: StackSlot | undefined;
  /** Where lookups of further banks go: on the edge from `block` to `next`. */
  #gate: { block: Block; readonly next: Block } | undefined;
  /** Where failed lookups lead. */
  #failed: Block | undefined;
  readonly #banks = new Map<number, Instruction>();

  constructor(module: ModuleBuilder, options: ProgramOptions, parent?: ProgramBuilder, shape?: CodeFunction['shape']) {
    this.module = module;
    this.options = options;
    this.index = parent ? parent.index : module.reserveProgram();
    this.#scratch = parent ? parent.#scratch : new Scratch(module);
    this.#root = parent ? parent.#root : this;
    this.b = new FunctionBuilder(
      parent ? `${this.#root.options.name}_${++this.#root.#nested}` : options.name,
      shape ?? 'entry',
    );
    this.b.span = parent?.b.span;
    if (!parent) this.#context = this.b.argument(0);
  }

  // ---- the frame

  /** The program's context. In callbacks it is the one that was handed down. */
  get ctx(): Instruction {
    assert(this.#context, 'this function has no context');
    return this.#context;
  }

  get hasContext(): boolean {
    return this.#context !== undefined;
  }

  /** The program's entry in the frame map: counters, then scratch space. */
  get frame(): Instruction {
    assert(this.#frame, 'start() comes before anything that counts or needs scratch space');
    return this.#frame;
  }

  /** Looks the frame up and counts a hit. What comes before it (a dispatch by syscall number, a filter) is not counted. */
  start(): void {
    this.lookUpFrame();
    this.count('hits');
  }

  /** Looks the frame up; for subprograms. */
  lookUpFrame(): void {
    const { b } = this;
    const key = b.slot(4, 4, 'program');
    b.store(4, key, 0, this.index);
    this.#frame = this.call('map_lookup_elem', b.map(this.module.bank(0).map), key);
    const body = b.block('body');
    const block = b.current;
    this.#failed = b.block('no_frame');
    b.branch('eq', this.#frame, 0, this.#failed, body);
    b.enter(this.#failed);
    b.return(this.exitValue);
    b.enter(body);
    this.#gate = { block, next: body };
  }

  /** Takes the frame and the context that the caller of a callback handed down. */
  inherit(frame: Instruction, context: Instruction | undefined): void {
    const { b } = this;
    this.#frame = frame;
    this.#context = context;
    const body = b.block('body');
    const block = b.current;
    b.jump(body);
    b.enter(body);
    this.#gate = { block, next: body };
  }

  get exitValue(): number {
    return this.#root.options.exitValue ?? 0;
  }

  /** Adds one to a counter of the program on this CPU. */
  count(counter: Counter): void {
    const offset = COUNTERS.indexOf(counter) * 8;
    const { b } = this;
    b.store(8, this.frame, offset, b.add(this.counter(counter), 1));
  }

  /** What a counter of the program is on this CPU. */
  counter(counter: Counter): Instruction {
    return this.b.load(8, this.frame, COUNTERS.indexOf(counter) * 8);
  }

  // ---- temporary memory

  /** Uninitialised memory until the end of the scope: on the stack when it is small, else in scratch space. */
  temp(size: number, align = 8, name = 'temp'): Place {
    if (size > STACK_LIMIT) return this.at(this.local(size, align));
    return this.stack(size, name);
  }

  /** Uninitialised memory on the stack until the end of the scope. */
  stack(size: number, name = 'temp'): Place {
    const wanted = roundUp(Math.max(size, 1), 8);
    const free = this.#freeSlots.findIndex((slot) => slot.size === wanted);
    const slot: StackSlot =
      free === -1 ? this.b.newSlot(wanted, 8, name) : (this.#freeSlots.splice(free, 1)[0] as StackSlot);
    this.#usedSlots.push(slot);
    return { base: this.b.slotAddress(slot), offset: 0 };
  }

  /** Uninitialised scratch space until the end of the scope, which callbacks see too: for variables that are not scalar. */
  local(size: number, align = 8): Local {
    return this.#scratch.take(size, align, this.b.span);
  }

  /** Where a piece of scratch space is, for the current function. */
  at(local: Local): Place {
    const { start } = this.module.bank(local.bank);
    const base = local.bank === 0 ? this.frame : this.#bank(local.bank);
    return { base, offset: start + local.offset };
  }

  /** Gives the temporary memory that `body` takes back when it is done. */
  scope<T>(body: () => T): T {
    const tops = [...this.#scratch.tops];
    const used = this.#usedSlots;
    this.#usedSlots = [];
    try {
      return body();
    } finally {
      this.#scratch.tops.splice(0, this.#scratch.tops.length, ...tops);
      this.#freeSlots.push(...this.#usedSlots);
      this.#usedSlots = used;
    }
  }

  /** The address of a u32 zero: the key of a map with one entry. */
  zeroKey(): Instruction {
    this.#zeroKey ??= this.b.newSlot(4, 4, 'zero');
    const key = this.b.slotAddress(this.#zeroKey);
    this.b.store(4, key, 0, 0);
    return key;
  }

  // ---- code

  /** Calls a helper by name. */
  call(helper: HelperName, ...args: (Instruction | bigint | number)[]): Instruction {
    return this.b.call(helperId(helper), ...args);
  }

  /** The address of a place as a value. */
  address(place: Place): Instruction {
    return place.offset === 0 ? place.base : this.b.add(place.base, place.offset);
  }

  /** Runs `body` with a span attached to what it makes. */
  withSpan<T>(span: Span, body: () => T): T {
    const before = this.b.span;
    this.b.span = span;
    try {
      return body();
    } finally {
      this.b.span = before;
    }
  }

  /** Goes on only where the comparison holds; elsewhere counts the event as filtered and ends the program. */
  filter(value: Instruction): void {
    this.b.if('eq', value, 0, () => {
      this.count('filtered');
      this.exit();
    });
  }

  /** Ends the program (in a callback: the loop and then the program). */
  exit(value?: Instruction): void {
    if (this.leave) this.leave(value);
    else this.b.return(value ?? this.exitValue);
  }

  /** A builder for another function of the same program. */
  nested(shape: CodeFunction['shape']): ProgramBuilder {
    return new ProgramBuilder(this.module, this.#root.options, this, shape);
  }

  /** Ends the program and adds it to the module. */
  finish(attach: readonly AttachPoint[]): ProgramDefinition {
    this.b.return(this.exitValue);
    const { name, kind, attachKind, sleepable } = this.options;
    const program: ProgramDefinition = {
      name,
      kind,
      ...(attachKind ? { attachKind } : {}),
      ...(sleepable ? { sleepable } : {}),
      entry: this.func,
      attach,
      counters: this.index,
    };
    this.module.addProgram(program);
    return program;
  }

  get func(): Func {
    return this.b.func;
  }

  /**
   * The pointer to a further bank of scratch space. Its lookup is put in front of the body, where every later use is
   * dominated by it and where leaving the program cannot leave a record of the ring reserved.
   */
  #bank(bank: number): Instruction {
    const known = this.#banks.get(bank);
    if (known) return known;
    assert(this.#gate, 'scratch space is used after start()');
    const { b } = this;
    const lookup = b.block('bank');
    b.func.blocks.push(lookup);
    const make = (shape: object, args: Instruction[]) => {
      const instruction = { ...shape, id: b.func.nextId++, args } as Instruction;
      lookup.instructions.push(instruction);
      return instruction;
    };
    const key = make({ op: 'slot', slot: b.newSlot(4, 4, 'program') }, []);
    make({ op: 'store', size: 4, offset: 0 }, [key, b.const(this.index)]);
    const map = make({ op: 'map', map: this.module.bank(bank).map }, []);
    const pointer = make({ op: 'call', helper: helperId('map_lookup_elem') }, [map, key]);
    this.#insert(lookup, pointer);
    this.#banks.set(bank, pointer);
    return pointer;
  }

  /** Puts a block that looks something up on the edge of the gate. */
  #insert(lookup: Block, pointer: Instruction): void {
    const { b } = this;
    const { block, next } = this.#gate!;
    const then = this.#failedBlock();
    const end = block.terminator;
    if (end?.kind === 'branch') end.otherwise = lookup;
    else block.terminator = { kind: 'jump', to: lookup };
    lookup.predecessors.push(block);
    lookup.terminator = { kind: 'branch', condition: 'eq', a: pointer, b: b.const(0), then, otherwise: next };
    then.predecessors.push(lookup);
    next.predecessors[next.predecessors.indexOf(block)] = lookup;
    this.#gate = { block: lookup, next };
  }

  #failedBlock(): Block {
    if (this.#failed) return this.#failed;
    const { b } = this;
    this.#failed = b.block('no_bank');
    // Ends the loop that a callback belongs to.
    this.#failed.terminator = { kind: 'return', value: b.const(1) };
    b.func.blocks.push(this.#failed);
    return this.#failed;
  }
}
