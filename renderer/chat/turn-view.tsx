// A question, and the answers of both models side by side.
import type { ReactNode } from 'react';
import type { Slot } from '../../electron/contract/api/chat.ts';
import { AnswerView } from './answer-view.tsx';
import styles from './chat.module.css';
import { SLOTS, type Turn } from './conversation.ts';
import { SpeedsCompared } from './speeds-compared.tsx';

type TurnViewProps = {
  readonly turn: Turn;
  /** The names of the sides. */
  readonly names: Readonly<Record<Slot, string>>;
  /** Marks the differences between the answers. */
  readonly isMarked?: boolean;
};

export function TurnView({ turn: { question, answers }, names, isMarked = false }: TurnViewProps): ReactNode {
  return (
    <article className={styles.turn}>
      <p className={styles.asked}>{question}</p>
      <div className={styles.sides}>
        {SLOTS.map((slot) => (
          <AnswerView
            key={slot}
            answer={answers[slot]}
            against={isMarked ? answers[slot === 'left' ? 'right' : 'left'] : undefined}
          />
        ))}
      </div>
      <SpeedsCompared answers={answers} names={names} />
    </article>
  );
}
