// The open chats: two slots, one model each, side by side.
import type { EventPayload } from '../../contract/api.ts';
import type { ChatSlot, ChatStatistics, Slot } from '../../contract/api/chat.ts';
import { errorToData, WinnowError } from '../../contract/errors.ts';
import type { Placement } from '../../contract/requests.ts';
import { msg } from '../../contract/sentences.ts';
import type { EndpointChat, TurnOptions } from './endpoint-chat.ts';

type Opened = {
  readonly path: string;
  /** The selection that masks the model; null: the model is used as its file is. */
  readonly selectionId: number | null;
  readonly contextSize: number;
  readonly placement: Placement;
};

type ChatSlotsOptions = {
  /** @throws WinnowError FILE_NOT_FOUND */
  readonly getModel: (modelId: string) => { readonly path: string; readonly name: string };
  /** Where the next model will be placed. */
  readonly placement: () => Placement;
  readonly open: (of: Opened, signal: AbortSignal, onProgress: (percent: number) => void) => Promise<EndpointChat>;
  readonly onOpened: (modelId: string) => void;
  readonly onChange: (event: EventPayload<'chat'>) => void;
};

type OpenSlot = {
  view: ChatSlot;
  chat: EndpointChat | null;
  /** Stops the loading when the slot is wanted for something else. */
  readonly abort: AbortController;
  /** Settles when loading has ended. */
  loading: Promise<unknown>;
};

export class ChatSlots {
  readonly #options: ChatSlotsOptions;
  readonly #slots = new Map<Slot, OpenSlot>();
  /** Settles when the previous content of a slot has released its memory. */
  readonly #left = new Map<Slot, Promise<unknown>>();

  constructor(options: ChatSlotsOptions) {
    this.#options = options;
  }

  /** Slots that hold a model, or are loading one. */
  list(): ChatSlot[] {
    return [...this.#slots.values()].map(({ view }) => view);
  }

  /**
   * Loads a model into a slot. One that was there, or was being loaded, is unloaded first: both may not fit.
   * @throws WinnowError FILE_NOT_FOUND: the slot stays as it is; as `Endpoint.open`: the slot shows why
   */
  async open(
    slot: Slot,
    { modelId, selectionId, ctx: contextSize }: { modelId: string; selectionId: number | null; ctx: number },
    signal: AbortSignal,
  ): Promise<ChatSlot> {
    const { path, name: modelName } = this.#options.getModel(modelId);
    const none = { contextSize: null, template: null, error: null };
    const view: ChatSlot = { slot, modelId, modelName, selectionId, state: 'loading', ...none };
    const opened: OpenSlot = { view, chat: null, abort: new AbortController(), loading: Promise.resolve() };
    void this.#leave(slot);
    this.#slots.set(slot, opened);
    this.#show(opened);
    const loading = this.#load(opened, path, contextSize, AbortSignal.any([signal, opened.abort.signal]));
    opened.loading = loading.catch(() => undefined);
    try {
      const chat = await loading;
      // closed, or replaced by another model, at the moment when it was ready
      if (!this.#isShown(opened)) throw new WinnowError('CANCELLED', msg('sideTaken'));
      opened.view = { ...opened.view, state: 'ready', ...chat.info };
      this.#options.onOpened(modelId);
      this.#show(opened);
      return opened.view;
    } catch (error) {
      if (this.#isShown(opened)) this.#fail(opened, error);
      throw error;
    }
  }

  async #load(opened: OpenSlot, path: string, contextSize: number, signal: AbortSignal): Promise<EndpointChat> {
    const { placement, open } = this.#options;
    await this.#left.get(opened.view.slot);
    signal.throwIfAborted();
    const wished = placement();
    // both sides answer at the same time: more threads than cores would stall them
    const threads = Math.max(1, Math.floor(wished.threads / 2));
    const { slot, selectionId } = opened.view;
    const onProgress = (percent: number): void => {
      if (this.#isShown(opened)) this.#options.onChange({ type: 'loading', slot, percent });
    };
    try {
      const of = { path, selectionId, contextSize, placement: { ...wished, threads } };
      return (opened.chat = await open(of, signal, onProgress));
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    }
  }

  /** @throws WinnowError USAGE: no model, or it is answering; CANCELLED: it was closed; and as `EndpointChat.send` */
  async send(
    slot: Slot,
    text: string,
    options: TurnOptions,
  ): Promise<{ readonly turn: ChatStatistics; readonly answer: string }> {
    const opened = this.#ready(slot);
    this.#become(opened, 'answering');
    let answer = '';
    try {
      const onText: TurnOptions['onText'] = (part, kind) => {
        if (kind === 'answer') answer += part;
        if (this.#isShown(opened)) this.#options.onChange({ type: 'text', slot, text: part, part: kind });
      };
      const turn = await opened.chat.send(text, { ...options, onText });
      this.#become(opened, 'ready');
      return { turn, answer };
    } catch (error) {
      if (!this.#isShown(opened)) throw new WinnowError('CANCELLED', msg('closedWhileAnswering'));
      if (error instanceof WinnowError && error.code === 'BACKEND_CRASHED') this.#fail(opened, error);
      else this.#become(opened, 'ready');
      throw error;
    }
  }

  /** Forgets the conversation, and keeps the model. @throws WinnowError if the slot is empty */
  reset(slot: Slot): void {
    this.#ready(slot).chat.reset();
  }

  /** Resident bytes; 0 for an empty slot. */
  async memory(slot: Slot): Promise<number> {
    return (await this.#slots.get(slot)?.chat?.residentBytes()) ?? 0;
  }

  /** Ends the slot's worker, even one that is still loading. */
  async close(slot: Slot): Promise<void> {
    const left = this.#leave(slot);
    if (!left) return;
    this.#options.onChange({ type: 'slot', slot, value: null });
    await left;
  }

  /** Ends every slot's worker. */
  async closeAll(): Promise<void> {
    await Promise.all([...this.#slots.keys()].map((slot) => this.close(slot)));
  }

  /** Empties the slot. @returns a promise that settles when its memory is free again; null: it was empty */
  #leave(slot: Slot): Promise<unknown> | null {
    const opened = this.#slots.get(slot);
    if (!opened) return null;
    this.#slots.delete(slot);
    opened.abort.abort(new WinnowError('CANCELLED', msg('sideTakenOrNone')));
    const left = Promise.all([this.#left.get(slot), opened.loading.then(() => opened.chat?.close())]);
    this.#left.set(slot, left);
    return left;
  }

  #ready(slot: Slot): OpenSlot & { readonly chat: EndpointChat } {
    const opened = this.#slots.get(slot);
    const { chat } = opened ?? {};
    if (!opened || !chat) throw new WinnowError('USAGE', msg('noModelOnSide'));
    if (opened.view.state === 'answering') {
      throw new WinnowError('USAGE', msg('stillAnswering'));
    }
    return opened as OpenSlot & { readonly chat: EndpointChat };
  }

  #fail(opened: OpenSlot, error: unknown): void {
    const cancelled = error instanceof WinnowError && error.code === 'CANCELLED';
    void opened.chat?.close();
    opened.chat = null;
    if (cancelled) {
      this.#slots.delete(opened.view.slot);
      this.#options.onChange({ type: 'slot', slot: opened.view.slot, value: null });
      return;
    }
    opened.view = { ...opened.view, state: 'failed', error: errorToData(error) };
    this.#show(opened);
  }

  #become(opened: OpenSlot, state: ChatSlot['state']): void {
    opened.view = { ...opened.view, state };
    this.#show(opened);
  }

  /** Whether it is still in its slot: neither closed nor replaced. */
  #isShown(opened: OpenSlot): boolean {
    return this.#slots.get(opened.view.slot) === opened;
  }

  #show(opened: OpenSlot): void {
    const { view } = opened;
    if (this.#isShown(opened)) this.#options.onChange({ type: 'slot', slot: view.slot, value: view });
  }
}
