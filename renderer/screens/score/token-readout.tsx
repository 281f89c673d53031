// The token under the pointer: how much it was changed, and mostly by which experts. Its line is always there.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { magnitudeColour } from '../../heatmap/colour.ts';
import type { Cell } from '../../heatmap/types.ts';
import { Button } from '../../kit/button.tsx';
import { classNames } from '../../kit/class-names.ts';
import kit from '../../kit/primitives.module.css';
import { Term } from '../../kit/term.tsx';
import { useFormat } from '../../kit/use-format.ts';
import styles from './score.module.css';
import { turnRange, expertsOfToken, type TokenData } from './token-data.ts';

type TokenReadoutProps = {
  readonly data: TokenData;
  readonly turns: Float32Array;
  /** null: no token is pointed at. */
  readonly token: number | null;
  readonly onSelect: (cell: Cell) => void;
};

export function TokenReadout({ data, turns, token, onSelect }: TokenReadoutProps): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const [low, high] = turnRange(turns);
  const experts = token === null ? [] : expertsOfToken(data, token);
  return (
    <div className={classNames(kit.row, styles.readout)}>
      <span className={classNames(kit.inline, styles.legend)}>
        <Term name="contribution">{t('score.contribution')}</Term>
        <span>{format.score(low)}</span>
        <span className={styles.ramp} style={{ background: RAMP }} />
        <span>{format.score(high)}</span>
      </span>
      <span className={styles.token} aria-live="polite">
        {token === null ? (
          <span className={kit.dim}>{t('score.tokenHint')}</span>
        ) : (
          <>
            <code>{visible(data.pieces[token] ?? '')}</code> {format.score(turns[token] ?? 0)}
          </>
        )}
      </span>
      {token !== null && (
        <span className={styles.chips}>
          {experts.length === 0 && <span className={kit.dim}>{t('score.noExperts')}</span>}
          {experts.map(({ layer, expert, block }) => (
            <Button key={`${layer} ${expert}`} size="small" onPress={() => onSelect({ layer, expert })}>
              {t('score.expertChip', { expert, block })}
            </Button>
          ))}
        </span>
      )}
    </div>
  );
}

const RAMP = `linear-gradient(to right, ${[0, 0.25, 0.5, 0.75, 1].map(magnitudeColour).join(', ')})`;

/** Replaces white space by visible signs. */
function visible(piece: string): string {
  return piece.replaceAll(' ', '␣').replaceAll('\n', '⏎').replaceAll('\t', '⇥');
}
