// The chats that are open: two places, one model each, side by side.
import type { ChatSlot, Slot } from '../../contract/api/chat.ts';
import { errorToData, WinnowError } from '../../contract/errors.ts';
import { Chat, type Turn, type TurnOptions } from '../chat/chat.ts';
import type { Desk } from './desk.ts';
import { readSettings } from './settings.ts';

type OpenSlot = { view: ChatSlot; chat: Chat | null };

export class ChatSlots {
  readonly #desk: Desk;
  readonly #slots = new Map<Slot, OpenSlot>();

  constructor(desk: Desk) {
    this.#desk = desk;
  }

  list(): ChatSlot[] {
    return [...this.#slots.values()].map(({ view }) => view);
  }

  /**
   * Loads a model into a place; the one that was there is unloaded first: both may not fit.
   * @throws WinnowError as `Chat.open`; the place shows why
   */
  async open(slot: Slot, modelId: string, contextSize: number, signal: AbortSignal): Promise<ChatSlot> {
    await this.close(slot);
    const { library, context, native } = this.#desk;
    const path = library.path(modelId);
    const modelName = library.entry(modelId).name;
    const none = { contextSize: null, memoryBytes: null, template: null, error: null };
    const opened: OpenSlot = { view: { slot, modelId, modelName, state: 'loading', ...none }, chat: null };
    this.#slots.set(slot, opened);
    this.#show(opened);
    try {
      await native.ensure();
      const { gpu, gpuLayers, threads: all } = readSettings(context.store).placement;
      // both sides answer at once: more threads than cores would stall them
      const threads = Math.max(1, Math.floor(all / 2));
      const onProgress = (percent: number): void => this.#desk.emit('chat', { type: 'loading', slot, percent });
      const chat = await Chat.open(
        path,
        { gpu, gpuLayers, threads, contextSize },
        { signal, onProgress },
        context.host,
      );
      // closed, or another model was chosen, in the meantime
      if (this.#slots.get(slot) !== opened) {
        await chat.close();
        throw new WinnowError('CANCELLED', 'Another model was chosen for this side.');
      }
      opened.chat = chat;
      opened.view = { ...opened.view, state: 'ready', ...chat.info };
      library.touch(modelId);
      this.#show(opened);
      return opened.view;
    } catch (error) {
      if (this.#slots.get(slot) === opened) this.#fail(opened, error);
      throw error;
    }
  }

  /** @throws WinnowError USAGE: no model, or it is answering; and as `Chat.send` */
  async send(slot: Slot, text: string, options: Omit<TurnOptions, 'onText'>): Promise<Turn> {
    const opened = this.#ready(slot);
    this.#become(opened, 'answering');
    try {
      const onText: TurnOptions['onText'] = (part, kind) =>
        this.#desk.emit('chat', { type: 'text', slot, text: part, part: kind });
      const turn = await opened.chat.send(text, { ...options, onText });
      this.#become(opened, 'ready');
      return turn;
    } catch (error) {
      if (error instanceof WinnowError && error.code === 'BACKEND_CRASHED') this.#fail(opened, error);
      else this.#become(opened, 'ready');
      throw error;
    }
  }

  async reset(slot: Slot): Promise<void> {
    await this.#ready(slot).chat.reset();
  }

  /** Resident bytes; 0 for an empty place. */
  async memory(slot: Slot): Promise<number> {
    return (await this.#slots.get(slot)?.chat?.residentBytes()) ?? 0;
  }

  async close(slot: Slot): Promise<void> {
    const opened = this.#slots.get(slot);
    if (!opened) return;
    this.#slots.delete(slot);
    await opened.chat?.close();
    this.#desk.emit('chat', { type: 'slot', slot, value: null });
  }

  async closeAll(): Promise<void> {
    await Promise.all([...this.#slots.keys()].map((slot) => this.close(slot)));
  }

  #ready(slot: Slot): OpenSlot & { readonly chat: Chat } {
    const opened = this.#slots.get(slot);
    const { chat } = opened ?? {};
    if (!opened || !chat) throw new WinnowError('USAGE', 'No model is loaded on this side. Choose one first.');
    if (opened.view.state === 'answering') {
      throw new WinnowError('USAGE', 'The model is still answering. Wait, or stop it.');
    }
    return opened as OpenSlot & { readonly chat: Chat };
  }

  #fail(opened: OpenSlot, error: unknown): void {
    const cancelled = error instanceof WinnowError && error.code === 'CANCELLED';
    void opened.chat?.close();
    opened.chat = null;
    if (cancelled) {
      this.#slots.delete(opened.view.slot);
      this.#desk.emit('chat', { type: 'slot', slot: opened.view.slot, value: null });
      return;
    }
    opened.view = { ...opened.view, state: 'failed', error: errorToData(error) };
    this.#show(opened);
  }

  #become(opened: OpenSlot, state: ChatSlot['state']): void {
    opened.view = { ...opened.view, state };
    this.#show(opened);
  }

  #show({ view }: OpenSlot): void {
    this.#desk.emit('chat', { type: 'slot', slot: view.slot, value: view });
  }
}
