// config: the settings of the script.

import { nearest } from '../../../base/text.ts';
import { BOOL } from '../../../image/index.ts';
import { literal, stringInfo } from '../check/constants.ts';
import { UNRESOLVED } from '../check/types.ts';
import { settings, settingValue } from '../config.ts';
import { alwaysKnown } from './families.ts';
import type { ExpressionWord } from './word.ts';

export const config: ExpressionWord = {
  name: 'config',
  kind: 'value',
  signature: 'config.NAME',
  doc: 'The value of a setting, such as config.max_strlen.',
  check(cx, use) {
    cx.error('config-value', 'config has no value as a whole', use.span).hint(
      'use one of its members: config.max_strlen',
    );
    return UNRESOLVED;
  },
  member(cx, name, span) {
    const value = settingValue(cx.scope.settings, name);
    if (typeof value === 'number') return literal(BigInt(value));
    if (typeof value === 'boolean') return { type: BOOL, constant: value };
    if (typeof value === 'string') return stringInfo(value);
    const report = cx.error('config-key', `${name}: not a known configuration option`, span);
    const meant = nearest(name, Object.keys(settings));
    if (meant) report.hint(`did you mean '${meant}'?`);
    return { type: UNRESOLVED };
  },
  lower: alwaysKnown,
};
