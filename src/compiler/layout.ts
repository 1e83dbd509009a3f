// The order in which allocated blocks are emitted: as they were selected, without those that only jump on, with loops
// turned, and what is seldom done at the end.

import { type MachineBlock, type MachineFunction, successorsOf } from './machine.ts';

/** The blocks that have code of their own or begin the function, in the order of their code. */
export function layoutBlocks(machine: MachineFunction): MachineBlock[] {
  const seldom = seldomReached(machine.blocks);
  const blocks = turnLoops(machine.blocks).filter((block) => block === machine.blocks[0] || landing(block) === block);
  return [...blocks.filter((block) => !seldom.has(block)), ...blocks.filter((block) => seldom.has(block))];
}

/** The blocks to which all ways (but those that go round a loop) are seldom gone. */
function seldomReached(blocks: readonly MachineBlock[]): Set<MachineBlock> {
  const seldom = new Set<MachineBlock>();
  for (const block of blocks) {
    const ways = block.predecessors.filter((from) => from.index < block.index);
    if (ways.length > 0 && ways.every((from) => seldom.has(from) || isSeldomWay(from, block))) seldom.add(block);
  }
  return seldom;
}

function isSeldomWay(from: MachineBlock, to: MachineBlock): boolean {
  const last = from.code[from.code.length - 1];
  if (last?.kind !== 'branch' || !last.seldom || last.taken === last.otherwise) return false;
  return last[last.seldom] === to;
}

/** Where control arrives when it jumps to a block: blocks that only jump on are skipped. */
export function landing(block: MachineBlock): MachineBlock {
  let at = block;
  // A loop of blocks that only jump has no end.
  for (let step = 0; step < 1000; step++) {
    const [only] = at.code;
    if (only?.kind !== 'jump' || only.to === at) return at;
    at = only.to;
  }
  return at;
}

/**
 * Puts the block that decides whether a loop goes on behind the loop's body, where it costs one jump a round instead of
 * two. Bounded loops may jump backwards since 5.3.
 */
function turnLoops(blocks: readonly MachineBlock[]): MachineBlock[] {
  const turned = [...blocks];
  for (const header of blocks) {
    const loop = loopOf(header);
    if (!loop || header.index === 0 || !isWayOut(header, loop)) continue;
    const first = turned.indexOf(header);
    const last = turned.findLastIndex((block) => loop.has(block));
    if (last === first) continue;
    turned.splice(first, 1);
    turned.splice(last, 0, header);
  }
  return turned;
}

/** The blocks of the loop that begins at `header`; the order before is one in which only loops go backwards. */
function loopOf(header: MachineBlock): Set<MachineBlock> | undefined {
  const latches = header.predecessors.filter((block) => block.index >= header.index);
  if (latches.length === 0) return undefined;
  const loop = new Set([header]);
  const work = latches;
  for (let block = work.pop(); block; block = work.pop()) {
    if (loop.has(block)) continue;
    loop.add(block);
    work.push(...block.predecessors);
  }
  return loop;
}

function isWayOut(block: MachineBlock, loop: ReadonlySet<MachineBlock>): boolean {
  const next = successorsOf(block);
  return next.some((one) => !loop.has(one)) && next.some((one) => loop.has(one) && one !== block);
}
