// A conversation with an endpoint through OpenAI's protocol, like that of any client.
import { z } from 'zod';
import type { ChatStatistics } from '../../contract/api/chat.ts';
import { WinnowError } from '../../contract/errors.ts';
import { msg } from '../../contract/sentences.ts';
import { parsedJson } from '../base/files/json-guard.ts';
import type { Endpoint } from './endpoint.ts';

const chunkSchema = z.object({
  choices: z
    .array(
      z.object({
        delta: z.object({ content: z.string().nullish(), reasoning_content: z.string().nullish() }),
        finish_reason: z.string().nullish(),
      }),
    )
    .default([]),
  /** llama.cpp's extension of the protocol. */
  timings: z
    .object({
      prompt_n: z.number(),
      prompt_per_second: z.number().nullable(),
      predicted_n: z.number(),
      predicted_per_second: z.number().nullable(),
    })
    .optional(),
  error: z.object({ message: z.string() }).optional(),
});
type Chunk = z.infer<typeof chunkSchema>;

type Message = { readonly role: 'user' | 'assistant'; readonly content: string };

export type TurnOptions = {
  readonly maxTokens: number;
  /** 0: always the most likely token. */
  readonly temperature: number;
  /** Only used if the temperature is above 0. */
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
  /** `thought`: what a reasoning model writes before its answer. */
  readonly onText?: ((text: string, part: 'answer' | 'thought') => void) | undefined;
};

export class EndpointChat {
  readonly info: { readonly contextSize: number; readonly template: 'model' | 'fallback' };
  readonly #endpoint: Endpoint;
  readonly #messages: Message[] = [];

  /** @param endpoint an endpoint for this conversation alone, which is closed with it */
  constructor(endpoint: Endpoint) {
    const { contextSize, hasTemplate } = endpoint.facts;
    this.info = { contextSize, template: hasTemplate ? 'model' : 'fallback' };
    this.#endpoint = endpoint;
  }

  /**
   * Sends a message and receives the answer. Cancelling is not an error: the turn ends with stop `cancelled`, and what was written
   * stays in the conversation.
   * @throws WinnowError USAGE: the server refuses the request, such as a text longer than the context; BACKEND_CRASHED: it is gone
   */
  async send(text: string, { signal, onText, maxTokens, temperature, seed }: TurnOptions): Promise<ChatStatistics> {
    const start = performance.now();
    const message: Message = { role: 'user', content: text };
    let answer = '';
    let tokens = 0;
    let last: Chunk = { choices: [] };
    let stop: ChatStatistics['stop'] = 'eos';
    try {
      const body = {
        messages: [...this.#messages, message],
        stream: true,
        timings_per_token: true,
        max_tokens: maxTokens,
        temperature,
        seed,
      };
      for await (const chunk of this.#stream(body, signal)) {
        for (const { delta, finish_reason } of chunk.choices) {
          const { content, reasoning_content: thought } = delta;
          if (content || thought) tokens++;
          if (content) answer += content;
          if (content) onText?.(content, 'answer');
          if (thought) onText?.(thought, 'thought');
          if (finish_reason === 'length') stop = 'length';
        }
        if (chunk.timings) last = chunk;
      }
    } catch (error) {
      if (signal?.aborted !== true) throw error;
      stop = 'cancelled';
    }
    // an answer that was stopped keeps what was written; one that had not begun leaves no trace
    if (stop !== 'cancelled' || answer !== '') this.#messages.push(message, { role: 'assistant', content: answer });
    const { timings } = last;
    return {
      tokens: timings?.predicted_n ?? tokens,
      tokensPerSecond: timings?.predicted_per_second ?? 0,
      promptTokens: timings?.prompt_n ?? 0,
      promptTokensPerSecond: timings?.prompt_per_second ?? 0,
      seconds: (performance.now() - start) / 1000,
      stop,
    };
  }

  /** Starts a new conversation with the next turn. */
  reset(): void {
    this.#messages.length = 0;
  }

  /** Resident bytes of the server's process. @throws WinnowError BACKEND_CRASHED */
  residentBytes(): Promise<number> {
    return this.#endpoint.residentBytes();
  }

  /** Ends the conversation and its endpoint. */
  close(): Promise<void> {
    return this.#endpoint.close();
  }

  /** Streams the chunks of a completion. @throws WinnowError USAGE: the server refuses the request; BACKEND_CRASHED: it is gone */
  async *#stream(body: object, signal: AbortSignal | undefined): AsyncGenerator<Chunk> {
    const { url, apiKey } = this.#endpoint.facts;
    const failed = this.#endpoint.ended.then((why) => Promise.reject(why));
    failed.catch(() => {});
    const request = fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: signal ?? null,
    });
    try {
      const response = await request;
      if (!response.ok || response.body === null) {
        throw refused(chunkSchema.safeParse(parsedJson(await response.text())).data?.error, response.statusText);
      }
      let rest = '';
      for await (const part of response.body.pipeThrough(new TextDecoderStream())) {
        const lines = `${rest}${part}`.split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) {
          const data = /^(?:data|error): (\{.*)$/.exec(line)?.[1];
          if (data === undefined) continue;
          const chunk = chunkSchema.parse(parsedJson(data));
          if (chunk.error) throw refused(chunk.error);
          yield chunk;
        }
      }
    } catch (error) {
      // a broken connection does not say why; the ended server does
      if (error instanceof TypeError) await failed;
      throw error;
    }
  }
}

function refused(error: Chunk['error'], otherwise = ''): WinnowError {
  return new WinnowError('USAGE', msg('endpointRefused', { reason: error?.message ?? otherwise }));
}
