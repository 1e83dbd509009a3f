// Batches: answers the lines of standard input one after another, as they come. What arrived together is answered together.

import { StringDecoder } from 'node:string_decoder';
import { utf8Bytes } from '../base/bytes.ts';
import type { BatchAnswer } from '../session/runtime/index.ts';
import { BrokenPipe, DescriptorSink } from './sink.ts';

/** Answers written at once, in characters, when many lines arrived together. */
const WRITE_CHARACTERS = 64 << 10;

export async function answerLines(answer: BatchAnswer): Promise<number> {
  const lines = new LineAnswers(answer);
  const decoder = new StringDecoder('utf8');
  try {
    for await (const chunk of process.stdin) lines.take(decoder.write(chunk as Buffer));
    lines.end(decoder.end());
    return 0;
  } catch (error) {
    if (error instanceof BrokenPipe) return 0;
    throw error;
  }
}

class LineAnswers {
  readonly #answer: BatchAnswer;
  readonly #sink = new DescriptorSink(1);
  /** The beginning of a line whose end has not come. */
  #rest = '';
  #pending = '';

  constructor(answer: BatchAnswer) {
    this.#answer = answer;
  }

  take(text: string): void {
    let start = 0;
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', start)) {
      this.#line(this.#rest + text.slice(start, end));
      this.#rest = '';
      start = end + 1;
    }
    this.#rest += text.slice(start);
    this.#flush();
  }

  end(text: string): void {
    this.#line(this.#rest + text);
    this.#flush();
  }

  #line(line: string): void {
    if (line.trim() === '') return;
    this.#pending += `${this.#answer(line)}\n`;
    if (this.#pending.length >= WRITE_CHARACTERS) this.#flush();
  }

  #flush(): void {
    if (this.#pending === '') return;
    this.#sink.write(utf8Bytes(this.#pending));
    this.#pending = '';
  }
}
