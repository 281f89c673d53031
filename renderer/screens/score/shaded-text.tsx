// Tokens as running text, each with a background according to its value. The pointer and the arrow keys move from token to token.
import { memo, useEffect, useMemo, useState, type CSSProperties, type KeyboardEvent, type ReactNode } from 'react';
import { magnitudeColour } from '../../heatmap/colour.ts';
import { classNames } from '../../kit/class-names.ts';
import kit from '../../kit/primitives.module.css';
import styles from './score.module.css';
import { turnRange } from './token-data.ts';

type ShadedTextProps = {
  readonly label: string;
  readonly pieces: readonly string[];
  /** The values by token. */
  readonly turns: Float32Array;
  /** Tokens that are underlined. */
  readonly marked: ReadonlySet<number>;
  /** The token under the pointer or the focus; null: none. */
  readonly active: number | null;
  readonly onHover: (token: number | null) => void;
  readonly onPin: (token: number) => void;
};

export function ShadedText(props: ShadedTextProps): ReactNode {
  const { label, pieces, turns, marked, active, onHover, onPin } = props;
  const [element, setElement] = useState<HTMLElement | null>(null);
  useEffect(() => {
    const span = active === null ? undefined : element?.children[active];
    span?.setAttribute('data-active', '');
    return () => span?.removeAttribute('data-active');
  }, [element, active, turns]);

  const onKeyDown = (event: KeyboardEvent): void => {
    const step = STEPS[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const next = Math.min(Math.max((active ?? -step) + step, 0), pieces.length - 1);
    onHover(null);
    onPin(next);
    element?.children[next]?.scrollIntoView({ block: 'nearest' });
  };
  return (
    <div
      ref={setElement}
      role="region"
      aria-label={label}
      tabIndex={0}
      className={classNames(kit.scroll, styles.text)}
      onPointerMove={({ target }) => onHover(tokenAt(target))}
      onPointerLeave={() => onHover(null)}
      onClick={({ target }) => {
        const token = tokenAt(target);
        if (token !== null) onPin(token);
      }}
      onKeyDown={onKeyDown}
    >
      <Pieces pieces={pieces} turns={turns} marked={marked} />
    </div>
  );
}

const STEPS: Readonly<Record<string, number>> = { ArrowRight: 1, ArrowLeft: -1 };

function tokenAt(target: EventTarget): number | null {
  const index = target instanceof HTMLElement ? target.dataset.token : undefined;
  return index === undefined ? null : Number(index);
}

/** Memoised: the thousands of elements are rendered again only when their colours change. */
const Pieces = memo(function Pieces({ pieces, turns, marked }: Pick<ShadedTextProps, 'pieces' | 'turns' | 'marked'>) {
  const [low, high] = useMemo(() => turnRange(turns), [turns]);
  return pieces.map((piece, index) => (
    <span
      key={index}
      data-token={index}
      className={classNames(styles.piece, marked.has(index) && styles.marked)}
      style={shade(((turns[index] ?? 0) - low) / (high - low || 1))}
    >
      {piece}
    </span>
  ));
});

/** From this share on, black contrasts more than white; at this point both have a contrast of 4.5. */
const DARK_TEXT_FROM = 0.372;

/** The heatmap's colours, with text that can be read on them. */
function shade(share: number): CSSProperties {
  const value = Math.min(1, Math.max(0, share));
  return { backgroundColor: magnitudeColour(value), color: value > DARK_TEXT_FROM ? '#000' : '#fff' };
}
