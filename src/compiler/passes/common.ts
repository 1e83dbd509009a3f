// Common-subexpression elimination by value numbering: an operation that was already done in a dominating block is not
// done again. Constants and addresses, which cost nothing to keep in this form, move to the entry block, one of each.

import { Dominators, reversePostOrder } from '../graph.ts';
import type { Block, Func, Instruction } from '../ir.ts';
import { Replacements } from './rewriter.ts';

/** In place; whether anything changed. */
export function shareCommon(func: Func): boolean {
  const hoisted = shareConstants(func);
  return shareOperations(func) || hoisted;
}

function shareConstants(func: Func): boolean {
  const known = new Map<string, Instruction>();
  const replacements = new Replacements();
  let changed = false;
  func.blocks.forEach((block, index) => {
    block.instructions = block.instructions.filter((instruction) => {
      const key = constantKey(instruction);
      if (key === undefined) return true;
      const same = known.get(key);
      changed ||= same !== undefined || index > 0;
      if (same) replacements.set(instruction, same);
      else known.set(key, instruction);
      return false;
    });
  });
  func.blocks[0]!.instructions.unshift(...known.values());
  replacements.apply(func);
  return changed;
}

function constantKey(one: Instruction): string | undefined {
  switch (one.op) {
    case 'const':
      return `c${one.value}`;
    case 'slot':
      return `s${one.slot.id}`;
    case 'map':
      return `m${one.map}`;
    case 'map-value':
      return `v${one.map}+${one.offset}`;
    case 'function':
      return `f${one.callee.name}`;
    case 'relocated':
      return `r${JSON.stringify(one.relocation)}${one.value}`;
    default:
      return undefined;
  }
}

function shareOperations(func: Func): boolean {
  const replacements = new Replacements();
  const children = new Dominators(reversePostOrder(func)).children();
  const known = new Map<string, Instruction>();
  const stack: { block: Block; added: string[]; rest: Block[] | undefined }[] = [
    { block: func.blocks[0]!, added: [], rest: undefined },
  ];
  for (let top = stack[stack.length - 1]; top; top = stack[stack.length - 1]) {
    if (!top.rest) {
      top.rest = [...(children.get(top.block) ?? [])];
      numberBlock(top.block, known, top.added, replacements);
    }
    const child = top.rest.pop();
    if (child) {
      stack.push({ block: child, added: [], rest: undefined });
    } else {
      for (const key of top.added) known.delete(key);
      stack.pop();
    }
  }
  replacements.apply(func);
  return !replacements.empty;
}

function numberBlock(block: Block, known: Map<string, Instruction>, added: string[], replacements: Replacements): void {
  for (const instruction of block.instructions) {
    if (instruction.op !== 'phi') replacements.applyTo(instruction);
    const key = operationKey(instruction);
    if (key === undefined) continue;
    const same = known.get(key);
    if (same) {
      replacements.set(instruction, same);
    } else {
      known.set(key, instruction);
      added.push(key);
    }
  }
}

/** The same text for operations that make the same value; undefined for those that may not be shared. */
function operationKey(one: Instruction): string | undefined {
  const args = one.args.map(({ id }) => id).join();
  switch (one.op) {
    case 'argument':
      return `argument ${one.index}`;
    case 'binary':
      return `${one.kind} ${args}`;
    case 'extend':
      return `extend ${one.size} ${one.signed} ${args}`;
    case 'swap':
      return `swap ${one.size} ${args}`;
    default:
      return undefined;
  }
}
