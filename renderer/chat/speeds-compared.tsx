// How much faster one side wrote than the other.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Slot } from '../../electron/contract/api/chat.ts';
import { classNames } from '../kit/class-names.ts';
import kit from '../kit/primitives.module.css';
import { useFormat } from '../kit/use-format.ts';
import type { Answer } from './conversation.ts';
import styles from './chat.module.css';

/** Fewest tokens for a meaningful speed. */
const LEAST_TOKENS = 8;
/** A smaller ratio may be due to the machine. */
const ALIKE = 1.05;

type SpeedsComparedProps = {
  readonly answers: Readonly<Partial<Record<Slot, Answer>>>;
  /** The names of the sides. */
  readonly names: Readonly<Record<Slot, string>>;
};

export function SpeedsCompared({ answers, names }: SpeedsComparedProps): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const [left, right] = [answers.left?.statistics, answers.right?.statistics];
  if (!left || !right || Math.min(left.tokens, right.tokens) < LEAST_TOKENS) return null;
  const ratio = right.tokensPerSecond / left.tokensPerSecond;
  if (!Number.isFinite(ratio) || ratio <= 0) return null;
  const faster = ratio >= 1 ? 'right' : 'left';
  const isAlike = Math.max(ratio, 1 / ratio) < ALIKE;
  const factor = format.decimal(Math.max(ratio, 1 / ratio), 1);
  return (
    <p className={classNames(kit.note, styles.compared)}>
      {isAlike ? t('try.sameSpeed') : t('try.faster', { name: names[faster], factor })}
    </p>
  );
}
