// All cases of the language suite, by topic.

import type { LanguageCase } from './case.ts';
import { expressionCases } from './expressions.ts';
import { jsonCases } from './json.ts';
import { mapCases } from './maps.ts';
import { printfCases } from './printf.ts';
import { wordCases } from './words.ts';

export const languageSuite: Record<string, readonly LanguageCase[]> = {
  printf: printfCases,
  expressions: expressionCases,
  maps: mapCases,
  json: jsonCases,
  words: wordCases,
};
