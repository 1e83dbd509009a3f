// The runtime behind `beetrace run`, `verify`, `explain`, `asm` and `disasm`: programs from any file, judged and run by any engine.

export { answerOf, type BatchAnswer, runBatch, verifyBatch } from './batch.ts';
export { type Explanation, explainProgram, mapName } from './explain.ts';
export { judge } from './judge.ts';
export type { KernelVerdict } from './kernel.ts';
export {
  chooseProgram,
  type FileFormat,
  formatOf,
  type LoadFileOptions,
  loadRuntimeFile,
  type RuntimeFile,
} from './load.ts';
export { kernelCpus, kernelJudge, machineOptions } from './machine.ts';
export { type MapContents, parseMapOption } from './maps.ts';
export type { RuntimeMap, RuntimeProgram } from './program.ts';
export { RUN_ENGINES, type RunEngine, type RunInput, type RunOutcome, runProgram } from './run.ts';
