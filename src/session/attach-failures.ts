// Which failures to attach end a run. A place that the script names must be there; of those that a pattern selected when the
// script was compiled, some may be missing on the kernel that it runs on, as long as others are there.

import type { AttachFailure } from '../engines/engine.ts';
import type { AttachPoint, Image } from '../image/index.ts';

export interface Judgement {
  /** A failure that nobody may overlook. */
  readonly fatal: AttachFailure | undefined;
  /** The other failures. */
  readonly tolerable: readonly AttachFailure[];
}

export function judgeFailures(image: Image, failures: readonly AttachFailure[]): Judgement {
  const selected = image.programs.flatMap(({ attach }) => attach.filter(isSelected)).length;
  const missing = failures.filter(({ attach }) => isSelected(attach));
  if (missing.length === selected) return { fatal: failures[0], tolerable: [] };
  return { fatal: failures.find(({ attach }) => !isSelected(attach)), tolerable: missing };
}

function isSelected(attach: AttachPoint): boolean {
  return 'selected' in attach && attach.selected === true;
}
