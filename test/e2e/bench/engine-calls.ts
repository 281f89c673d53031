// Calls from the page to its engine, as the page's own scripts make them, with the time that they take.
import type { Page } from '@playwright/test';
import type { CallName, CallParams, CallResult } from '../../../electron/contract/api.ts';

type Message = { readonly kind: string; readonly id?: number; readonly value?: unknown; readonly error?: unknown };
type InPageBridge = {
  post(message: unknown): void;
  onMessage(listener: (message: Message) => void): () => void;
};

/** @throws Error if the engine answers with one */
export async function callFromPage<C extends CallName>(
  page: Page,
  name: C,
  params: CallParams<C>,
): Promise<CallResult<C>> {
  const asked: { readonly name: string; readonly params: unknown } = { name, params };
  const answer = await page.evaluate((call) => {
    const id = Math.floor(Math.random() * 2 ** 48);
    const answered = new Promise<Message>((resolve) => {
      const bridge = Reflect.get(window, 'winnow') as InPageBridge;
      const stop = bridge.onMessage((message) => {
        if (message.id !== id) return;
        stop();
        resolve(message);
      });
      bridge.post(JSON.stringify({ kind: 'call', id, ...call }));
    });
    // what nothing holds the browser may collect before it is told
    Reflect.set(window, 'answered', answered);
    return answered;
  }, asked);
  if (answer.kind === 'error') throw new Error(`${name}: ${JSON.stringify(answer.error)}`);
  return answer.value as CallResult<C>;
}

/** Asks for the settings again and again. @returns how long each answer took, ascending, in ms */
export function roundTrips(page: Page, forMs: number): Promise<number[]> {
  return page.evaluate(async (total) => {
    const bridge = Reflect.get(window, 'winnow') as InPageBridge;
    const times: number[] = [];
    const end = performance.now() + total;
    while (performance.now() < end) {
      const id = Math.floor(Math.random() * 2 ** 48);
      const begin = performance.now();
      await new Promise<void>((resolve) => {
        const stop = bridge.onMessage((message) => {
          if (message.id !== id) return;
          stop();
          resolve();
        });
        bridge.post(JSON.stringify({ kind: 'call', id, name: 'settings.get', params: {} }));
      });
      times.push(performance.now() - begin);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return times.sort((a, b) => a - b);
  }, forMs);
}
