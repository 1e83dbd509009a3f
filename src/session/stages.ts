// `-d`: what each stage of a compilation made, as text.

import { TraceError } from '../base/error.ts';
import { dumpAsm } from '../compiler/dump-asm.ts';
import { dumpIr } from '../compiler/dump-ir.ts';

import { dumpTypes } from '../frontends/bpftrace/check/dump.ts';
import { dumpScript } from '../frontends/bpftrace/dump.ts';
import { type Image, writeImage } from '../image/index.ts';
import type { CompileResult } from './compile.ts';

export type Stage = 'ast' | 'types' | 'ir' | 'asm' | 'image';

/** The text of a stage; empty when an error came before it. */
export function dumpStage(result: CompileResult, stage: Stage): string {
  const { stages, image } = result;
  if (stage === 'ast') return dumpScript(stages.script);
  if (stage === 'types') return stages.checked ? dumpTypes(stages.checked) : '';
  if (stage === 'ir') return stages.module ? dumpIr(stages.module) : '';
  return image ? dumpImage(image, stage) : '';
}

/** The same for an image that was built before: it has no script any more. */
export function dumpImage(image: Image, stage: Stage): string {
  if (stage === 'asm') return dumpAsm(image);
  if (stage === 'image') return new TextDecoder().decode(writeImage(image));
  throw new TraceError('ERR_STAGE', `An image has no stage '${stage}'.`, { hints: ["It has 'asm' and 'image'."] });
}
