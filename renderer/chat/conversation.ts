// The questions and answers of this session on both sides. It outlives the screen: a turn goes on while the user looks elsewhere.
import { create } from 'zustand';
import type { ChatAnswer, Slot } from '../../electron/contract/api/chat.ts';
import { errorToData, WinnowError, type ErrorData } from '../../electron/contract/errors.ts';
import { callEngine } from '../state/calls.ts';
import { client } from '../state/client.ts';

export const SLOTS: readonly Slot[] = ['left', 'right'];

export type Answer = {
  readonly text: string;
  /** What a reasoning model writes before its answer. */
  readonly thought: string;
  /** null while it is being written. */
  readonly statistics: ChatAnswer | null;
  readonly error: ErrorData | null;
};

export type Turn = {
  readonly id: number;
  readonly question: string;
  readonly answers: Readonly<Partial<Record<Slot, Answer>>>;
};

export type Sampling = { readonly maxTokens: number; readonly temperature: number; readonly seed: number };

type Conversation = {
  /** The question that is being typed. */
  readonly draft: string;
  readonly turns: readonly Turn[];
  /** Sides whose model was asked for but has not begun to load. */
  readonly opening: ReadonlySet<Slot>;
  /** Percentage done of a model that is loading. */
  readonly loading: Readonly<Partial<Record<Slot, number>>>;
  /** Why a side's model did not even begin to load. */
  readonly refused: Readonly<Partial<Record<Slot, ErrorData>>>;
};

export const useConversation = create<Conversation>()(() => ({
  draft: '',
  turns: [],
  opening: new Set(),
  loading: {},
  refused: {},
}));

const EMPTY: Answer = { text: '', thought: '', statistics: null, error: null };

const running = new Map<Slot, AbortController>();
let nextId = 1;

function change(turnId: number, slot: Slot, update: (answer: Answer) => Answer): void {
  useConversation.setState(({ turns }) => ({
    turns: turns.map((turn) =>
      turn.id === turnId
        ? { ...turn, answers: { ...turn.answers, [slot]: update(turn.answers[slot] ?? EMPTY) } }
        : turn,
    ),
  }));
}

/** Asks the given sides the same question. Settles when all have answered. */
export async function ask(question: string, slots: readonly Slot[], sampling: Sampling): Promise<void> {
  const id = nextId++;
  const answers = Object.fromEntries(slots.map((slot) => [slot, EMPTY]));
  useConversation.setState(({ turns }) => ({ turns: [...turns, { id, question, answers }] }));
  await Promise.all(slots.map((slot) => askOne(id, slot, question, sampling)));
}

async function askOne(id: number, slot: Slot, text: string, sampling: Sampling): Promise<void> {
  const abort = new AbortController();
  running.set(slot, abort);
  const stop = client().on('chat', (event) => {
    if (event.type !== 'text' || event.slot !== slot) return;
    const part = event.part === 'thought' ? 'thought' : 'text';
    change(id, slot, (answer) => ({ ...answer, [part]: answer[part] + event.text }));
  });
  try {
    const statistics = await callEngine('chat.send', { slot, text, ...sampling }, abort.signal);
    change(id, slot, (answer) => ({ ...answer, statistics }));
  } catch (error) {
    change(id, slot, (answer) => ({ ...answer, error: errorToData(error) }));
  } finally {
    stop();
    running.delete(slot);
  }
}

/** Stops all answers; what has been written so far stays. */
export function stopAnswering(): void {
  for (const abort of running.values()) abort.abort(new WinnowError('CANCELLED', 'Stopped.'));
}

/** Makes both models and the page forget the conversation. @throws WinnowError with the engine's error */
export async function startOver(slots: readonly Slot[]): Promise<void> {
  await Promise.all(slots.map((slot) => callEngine('chat.reset', { slot })));
  useConversation.setState({ turns: [] });
}

/**
 * Loads another model on a side.
 * @param selectionId the selection whose dropped experts are masked; null: the model as it is
 * @returns whether it is loaded
 */
export async function loadSide(
  slot: Slot,
  modelId: string,
  ctx: number,
  selectionId: number | null = null,
): Promise<boolean> {
  forgetSide(slot);
  const tell = (error: ErrorData | undefined): void =>
    useConversation.setState(({ refused: { [slot]: _, ...others } }) => ({
      refused: error === undefined ? others : { ...others, [slot]: error },
    }));
  tell(undefined);
  useConversation.setState(({ loading: { [slot]: _, ...others } }) => ({ loading: others }));
  useConversation.setState(({ opening }) => ({ opening: new Set([...opening, slot]) }));
  try {
    await callEngine('chat.open', { slot, modelId, selectionId, ctx });
    return true;
  } catch (error) {
    const data = errorToData(error);
    // whoever stopped it knows that
    if (data.code !== 'CANCELLED') tell(data);
    return false;
  } finally {
    useConversation.setState(({ opening }) => ({ opening: new Set([...opening].filter((other) => other !== slot)) }));
  }
}

/** The conversation with the old model does not belong to the new one. */
function forgetSide(slot: Slot): void {
  useConversation.setState(({ turns }) => ({
    turns: turns
      .map((turn) => ({ ...turn, answers: withoutSide(turn.answers, slot) }))
      .filter(({ answers }) => Object.keys(answers).length > 0),
  }));
}

function withoutSide(answers: Turn['answers'], slot: Slot): Turn['answers'] {
  return Object.fromEntries(Object.entries(answers).filter(([name]) => name !== slot));
}
