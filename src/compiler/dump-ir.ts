// `-d ir`: functions of the intermediate form as text. Values and blocks are numbered in the order in which they are
// printed, so that the text does not depend on how they came to be. Constants and addresses are shown where they are used.

import { lineText, positionAt, type Span } from '../base/source.ts';
import type { MapDefinition } from '../image/index.ts';
import { helperTitle } from '../isa/index.ts';
import { functionsOf } from './functions.ts';
import type { Block, Condition, Func, Instruction, Module, OpenRelocation, StackSlot, Terminator } from './ir.ts';
import { orderBlocks } from './order.ts';
import { asS64 } from './values.ts';

/** All programs of a module. */
export function dumpIr(module: Module): string {
  const names = module.maps.map(mapTitle);
  let text = '';
  for (const { entry, kind } of module.programs) {
    for (const func of functionsOf(entry)) {
      const what = func === entry ? `program ${func.name}: ${kind}` : `function ${func.name}`;
      text += `${text === '' ? '' : '\n'}${what}\n${dumpFunction(func, names)}`;
    }
  }
  return text;
}

/** One function; `maps` are the names of the maps by index. */
export function dumpFunction(func: Func, maps: readonly string[] = []): string {
  return new FunctionDump(func, maps).run();
}

/** What dumps call a map: `@x` for one of the script, else its name in the kernel. */
export function mapTitle(map: MapDefinition): string {
  return map.role.kind === 'script' ? map.role.name : map.name;
}

const OPERATORS: Readonly<Record<Condition, string>> = {
  eq: '==',
  ne: '!=',
  lt: '<',
  le: '<=',
  gt: '>',
  ge: '>=',
  slt: 's<',
  sle: 's<=',
  sgt: 's>',
  sge: 's>=',
  set: '&',
};

class FunctionDump {
  readonly #blocks: readonly Block[];
  readonly #maps: readonly string[];
  readonly #values = new Map<Instruction, string>();
  readonly #names = new Map<Block, string>();
  readonly #slots = new Map<StackSlot, string>();
  #line = '';

  constructor(func: Func, maps: readonly string[]) {
    this.#blocks = orderBlocks(func).blocks;
    this.#maps = maps;
    this.#nameBlocks();
    for (const block of this.#blocks) {
      for (const instruction of block.instructions) this.#name(instruction);
    }
  }

  run(): string {
    return this.#blocks.map((block) => this.#block(block)).join('');
  }

  #nameBlocks(): void {
    const counts = new Map<string, number>();
    for (const block of this.#blocks) {
      const count = counts.get(block.name) ?? 0;
      counts.set(block.name, count + 1);
      this.#names.set(block, count === 0 ? block.name : `${block.name}.${count}`);
    }
  }

  #name(instruction: Instruction): void {
    if (instruction.op === 'slot') this.#nameSlot(instruction.slot);
    if (makesValue(instruction)) this.#values.set(instruction, `%${this.#values.size}`);
  }

  #nameSlot(slot: StackSlot): void {
    if (this.#slots.has(slot)) return;
    const taken = new Set(this.#slots.values());
    let name = slot.name;
    for (let count = 1; taken.has(name); count++) name = `${slot.name}.${count}`;
    this.#slots.set(slot, name);
  }

  #block(block: Block): string {
    const from = block.predecessors.map((one) => this.#names.get(one) ?? '?').join(', ');
    let text = `${this.#names.get(block)}:${from === '' ? '' : `  ; from ${from}`}\n`;
    for (const instruction of block.instructions) {
      const line = this.#instruction(instruction);
      if (line === undefined) continue;
      text += this.#source(instruction.span);
      text += `  ${line}${instruction.comment === undefined ? '' : `  ; ${instruction.comment}`}\n`;
    }
    return `${text}${this.#source(block.terminator?.span)}  ${this.#end(block.terminator)}\n`;
  }

  /** The source line, when it is another one than before. */
  #source(span: Span | undefined): string {
    if (!span) return '';
    const { line } = positionAt(span.source, span.start);
    const title = `  ; ${span.source.name}:${line}  ${lineText(span.source, line).trim()}\n`;
    if (title === this.#line) return '';
    this.#line = title;
    return title;
  }

  #instruction(instruction: Instruction): string | undefined {
    const name = this.#values.get(instruction);
    const text = this.#operation(instruction);
    if (text === undefined) return undefined;
    return name === undefined ? text : `${name} = ${text}`;
  }

  /** The operation with its operands; undefined for what is shown where it is used. */
  #operation(one: Instruction): string | undefined {
    const args = one.args.map((arg) => this.#value(arg));
    const list = args.join(', ');
    switch (one.op) {
      case 'argument':
        return `argument ${one.index}`;
      case 'binary':
        return `${one.kind} ${list}`;
      case 'extend':
        return `${one.signed ? 's' : 'u'}${one.size * 8} ${list}`;
      case 'swap':
        return `swap${one.size * 8} ${list}`;
      case 'load':
        return `load u${one.size * 8} ${this.#address(args[0]!, one.offset, one.relocation)}`;
      case 'store':
        return `store u${one.size * 8} ${this.#address(args[0]!, one.offset)} = ${args[1]}`;
      case 'atomic':
        return `atomic ${one.fetch ? 'fetch ' : ''}${one.kind} u${one.size * 8} ${this.#address(args[0]!, one.offset)}, ${args.slice(1).join(', ')}`;
      case 'call':
        return `call ${helperTitle(one.helper)}(${list})`;
      case 'call-function':
        return `call ${one.callee.name}(${list})`;
      case 'call-kfunc':
        return `call kfunc ${one.symbol}(${list})`;
      case 'phi':
        return `phi ${list}`;
      default:
        return undefined;
    }
  }

  #address(base: string, offset: number, relocation?: OpenRelocation): string {
    const open = relocation ? ` + ${relocationTitle(relocation)}` : '';
    if (offset === 0) return `[${base}${open}]`;
    return `[${base}${open} ${offset < 0 ? '-' : '+'} ${Math.abs(offset)}]`;
  }

  #value(value: Instruction): string {
    switch (value.op) {
      case 'const':
        return numberTitle(value.value);
      case 'slot':
        return `&${this.#slots.get(value.slot) ?? value.slot.name}`;
      case 'map':
        return `map ${this.#mapName(value.map)}`;
      case 'map-value':
        return `&${this.#mapName(value.map)}[0]${value.offset === 0 ? '' : ` + ${value.offset}`}`;
      case 'relocated':
        return relocationTitle(value.relocation);
      case 'function':
        return `&${value.callee.name}`;
      default:
        return this.#values.get(value) ?? `%?${value.id}`;
    }
  }

  #mapName(map: number): string {
    return this.#maps[map] ?? `#${map}`;
  }

  #end(end: Terminator | undefined): string {
    switch (end?.kind) {
      case 'jump':
        return `goto ${this.#names.get(end.to)}`;
      case 'branch': {
        const comparison = `${this.#value(end.a)} ${OPERATORS[end.condition]} ${this.#value(end.b)}`;
        return `branch ${comparison} ? ${this.#names.get(end.then)} : ${this.#names.get(end.otherwise)}`;
      }
      case 'return':
        return `return ${this.#value(end.value)}`;
      default:
        return 'no end';
    }
  }
}

function makesValue(instruction: Instruction): boolean {
  switch (instruction.op) {
    case 'const':
    case 'slot':
    case 'map':
    case 'map-value':
    case 'function':
    case 'relocated':
    case 'store':
      return false;
    case 'atomic':
      return instruction.fetch || instruction.kind === 'xchg' || instruction.kind === 'cmpxchg';
    default:
      return true;
  }
}

function numberTitle(value: bigint): string {
  const signed = asS64(value);
  return signed > -65536n && signed < 65536n ? signed.toString() : `0x${value.toString(16)}`;
}

/** What is open until the Image is loaded: `offset(struct path.dentry)`, `parameter self-pid`. */
export function relocationTitle(open: OpenRelocation): string {
  switch (open.kind) {
    case 'field':
      return `${open.what.replace('byte-', '').replace('type-', '')}(${open.type}${open.path === '' ? '' : `.${open.path}`})`;
    case 'tracepoint-field':
      return `offset(${open.tracepoint}.${open.field})`;
    case 'kernel-symbol':
    case 'kernel-variable':
    case 'kfunc':
      return `&${open.symbol}`;
    case 'parameter':
      return `$${open.parameter}`;
    case 'map':
      return `map #${open.map}`;
    case 'map-value':
      return `&#${open.map}[0] + ${open.offset}`;
  }
}
