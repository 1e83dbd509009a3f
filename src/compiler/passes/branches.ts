// Simplifies control flow: branches whose outcome is known, values that are made only to be branched on (`a && b`), blocks
// that do nothing, blocks that follow only one other, and several ends that return the same number.

import { holds } from '../arithmetic.ts';
import { successors } from '../graph.ts';
import type { Block, Func, Instruction, InstructionOf, Terminator } from '../ir.ts';
import { phisOf, Replacements } from './rewriter.ts';
import { removeUnreachable } from './unreachable.ts';

/** In place; whether anything changed. Constants must stand in the entry block (see common.ts). */
export function simplifyBranches(func: Func): boolean {
  let changed = false;
  for (let again = true; again; ) {
    again = foldKnownBranches(func);
    again = threadJumps(func) || again;
    again = skipEmptyBlocks(func) || again;
    again = shareReturns(func) || again;
    again = mergeBlocks(func) || again;
    again = removeUnreachable(func) || again;
    changed ||= again;
  }
  return changed;
}

// ---- edges

/** Where in the predecessors of `to` the edge stands that leaves `from` by its terminator's `then` or `otherwise`. */
function edgeIndex(from: Block, to: Block, second = false): number {
  const first = to.predecessors.indexOf(from);
  return second ? to.predecessors.indexOf(from, first + 1) : first;
}

function removeEdge(to: Block, index: number): void {
  to.predecessors.splice(index, 1);
  for (const phi of phisOf(to)) phi.args.splice(index, 1);
}

function replaceTarget(block: Block, old: Block, by: Block): void {
  const end = block.terminator;
  if (end?.kind === 'jump') {
    if (end.to === old) end.to = by;
  } else if (end?.kind === 'branch') {
    const replaced = (target: Block): Block => (target === old ? by : target);
    [end.then, end.otherwise] = [replaced(end.then), replaced(end.otherwise)];
  }
}

function jumpTo(to: Block, old: Terminator): Terminator {
  return { kind: 'jump', to, ...(old.span ? { span: old.span } : {}) };
}

// ---- known outcomes

function foldKnownBranches(func: Func): boolean {
  let changed = false;
  for (const block of func.blocks) {
    const end = block.terminator;
    if (end?.kind !== 'branch') continue;
    if (end.then === end.otherwise) {
      changed = foldTwinBranch(block, end) || changed;
      continue;
    }
    const outcome = knownOutcome(end);
    if (outcome === undefined) continue;
    const [kept, left] = outcome ? [end.then, end.otherwise] : [end.otherwise, end.then];
    block.terminator = jumpTo(kept, end);
    removeEdge(left, edgeIndex(block, left));
    changed = true;
  }
  return changed;
}

function foldTwinBranch(block: Block, end: Terminator & { kind: 'branch' }): boolean {
  const to = end.then;
  const [first, second] = [edgeIndex(block, to), edgeIndex(block, to, true)];
  if (phisOf(to).some((phi) => phi.args[first] !== phi.args[second])) return false;
  removeEdge(to, second);
  block.terminator = jumpTo(to, end);
  return true;
}

function knownOutcome({ condition, a, b }: Terminator & { kind: 'branch' }): boolean | undefined {
  if (a.op === 'const' && b.op === 'const') return holds(condition, a.value, b.value);
  if (a === b && condition !== 'set') return ['eq', 'le', 'ge', 'sle', 'sge'].includes(condition);
  if (b.op !== 'const' || b.value !== 0n) return undefined;
  if (condition === 'lt' || condition === 'set') return false;
  return condition === 'ge' ? true : undefined;
}

// ---- jump threading

/** A predecessor that gives the phi a constant on which a block branches goes straight to where that leads. */
function threadJumps(func: Func): boolean {
  const users = findUsers(func);
  let changed = false;
  for (const block of func.blocks) {
    const end = block.terminator;
    if (end?.kind !== 'branch' || end.then === end.otherwise || block === func.blocks[0]) continue;
    if (!onlyPhis(block) || !phisOf(block).every((phi) => isLocal(phi, block, users))) continue;
    for (let index = block.predecessors.length - 1; index >= 0; index--) {
      const target = threadTarget(block, end, index);
      if (!target || !redirect(block, index, target)) continue;
      changed = true;
    }
  }
  return changed;
}

function threadTarget(block: Block, end: Terminator & { kind: 'branch' }, index: number): Block | undefined {
  const at = (value: Instruction): Instruction =>
    value.op === 'phi' && block.instructions.includes(value) ? value.args[index]! : value;
  const outcome = knownOutcome({ ...end, a: at(end.a), b: at(end.b) });
  if (outcome === undefined) return undefined;
  return outcome ? end.then : end.otherwise;
}

/** Leads the edge number `index` into `block` on to `target`, one of its successors; phis of `block` are not needed there. */
function redirect(block: Block, index: number, target: Block): boolean {
  const from = block.predecessors[index]!;
  const phis = phisOf(target);
  // The same edge twice would need two operands for one predecessor.
  if (from.terminator?.kind === 'branch' && successors(from).includes(target)) return false;
  if (from === block || target === block) return false;
  const own = edgeIndex(block, target);
  for (const phi of phis) {
    const value = phi.args[own]!;
    phi.args.push(value.op === 'phi' && block.instructions.includes(value) ? value.args[index]! : value);
  }
  target.predecessors.push(from);
  replaceTarget(from, block, target);
  removeEdge(block, index);
  return true;
}

/** Who reads each phi: blocks for terminators and instructions, and for operands of phis the phi's block. */
type Users = Map<Instruction, { readonly block: Block; readonly phi: InstructionOf<'phi'> | undefined }[]>;

function findUsers(func: Func): Users {
  const users: Users = new Map();
  const add = (value: Instruction, block: Block, phi?: InstructionOf<'phi'>): void => {
    if (value.op !== 'phi') return;
    const list = users.get(value);
    if (list) list.push({ block, phi });
    else users.set(value, [{ block, phi }]);
  };
  for (const block of func.blocks) {
    for (const one of block.instructions) {
      for (const arg of one.args) add(arg, block, one.op === 'phi' ? one : undefined);
    }
    const end = block.terminator;
    if (end?.kind === 'return') add(end.value, block);
    if (end?.kind === 'branch') {
      add(end.a, block);
      add(end.b, block);
    }
  }
  return users;
}

function onlyPhis(block: Block): boolean {
  return block.instructions.every((one) => one.op === 'phi');
}

/** Whether the phi is read only where its block ends and by phis of the next blocks, for the edge from its block. */
function isLocal(phi: InstructionOf<'phi'>, block: Block, users: Users): boolean {
  return (users.get(phi) ?? []).every((user) => {
    if (!user.phi) return user.block === block;
    const { predecessors } = user.block;
    return user.phi.args.every((arg, index) => arg !== phi || predecessors[index] === block);
  });
}

// ---- empty blocks

function skipEmptyBlocks(func: Func): boolean {
  const users = findUsers(func);
  let changed = false;
  for (const block of func.blocks) {
    const end = block.terminator;
    if (end?.kind !== 'jump' || end.to === block || block === func.blocks[0] || !onlyPhis(block)) continue;
    if (!phisOf(block).every((phi) => isLocal(phi, block, users))) continue;
    for (let index = block.predecessors.length - 1; index >= 0; index--) {
      const from = block.predecessors[index]!;
      const twice = phisOf(end.to).length > 0 && end.to.predecessors.includes(from);
      if (!twice && redirect(block, index, end.to)) changed = true;
    }
  }
  return changed;
}

// ---- returns

/** All ends that return the same constant become one. */
function shareReturns(func: Func): boolean {
  const known = new Map<bigint, Block[]>();
  for (const block of func.blocks) {
    const end = block.terminator;
    if (end?.kind !== 'return' || end.value.op !== 'const' || block.instructions.length > 0) continue;
    if (block === func.blocks[0] || block.predecessors.length === 0) continue;
    const same = known.get(end.value.value);
    if (same) same.push(block);
    else known.set(end.value.value, [block]);
  }
  let changed = false;
  for (const blocks of known.values()) {
    if (blocks.length === 1) continue;
    func.blocks.push(joinReturns(func, blocks));
    changed = true;
  }
  return changed;
}

function joinReturns(func: Func, blocks: readonly Block[]): Block {
  const id = 1 + Math.max(...func.blocks.map((block) => block.id));
  const joined: Block = { id, name: 'end', instructions: [], terminator: blocks[0]!.terminator, predecessors: [] };
  for (const block of blocks) {
    for (const from of block.predecessors) {
      replaceTarget(from, block, joined);
      joined.predecessors.push(from);
    }
    block.predecessors = [];
  }
  return joined;
}

// ---- merging

/** A block that is the only way out of its only predecessor becomes part of it. */
function mergeBlocks(func: Func): boolean {
  const replacements = new Replacements();
  const gone = new Set<Block>();
  for (const block of func.blocks) {
    if (gone.has(block)) continue;
    for (let next = mergeable(block, func); next; next = mergeable(block, func)) {
      for (const phi of phisOf(next)) replacements.set(phi, phi.args[0]!);
      block.instructions.push(...next.instructions.filter((one) => one.op !== 'phi'));
      block.terminator = next.terminator;
      for (const after of new Set(successors(next))) {
        after.predecessors = after.predecessors.map((one) => (one === next ? block : one));
      }
      gone.add(next);
    }
  }
  if (gone.size === 0) return false;
  func.blocks = func.blocks.filter((block) => !gone.has(block));
  replacements.apply(func);
  return true;
}

function mergeable(block: Block, func: Func): Block | undefined {
  const end = block.terminator;
  if (end?.kind !== 'jump' || end.to === block || end.to === func.blocks[0]) return undefined;
  return end.to.predecessors.length === 1 ? end.to : undefined;
}
