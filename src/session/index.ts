// The public API: compile a script, run it, look at what it made.

export { systemNames } from '../report/names.ts';
export { type CompileOptions, type CompileResult, compile } from './compile.ts';
export { type InfoSection, systemInfo } from './info.ts';
export { isTypePattern, listMatches, listScriptProbes } from './list.ts';
export { environment, kernelEngine } from './machine.ts';
export { Run, type RunOptions } from './run.ts';
export { dumpImage, dumpStage, type Stage } from './stages.ts';
export { ScriptError, type TraceEvent, type TraceOptions, trace } from './trace.ts';
