// What a model wrote, as text whatever it holds, with the loop marked from where it begins.
import { useLayoutEffect, useMemo, useRef, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { VisuallyHidden } from 'react-aria-components';
import { classNames } from '../../../kit/class-names.ts';
import kit from '../../../kit/primitives.module.css';
import styles from './answers.module.css';
import { loopStart } from '../../../measures/loop-start.ts';

/** Lines above the mark that are left in sight, in pixels. */
const LEAD = 40;

type MarkedTextProps = {
  readonly label: string;
  readonly text: string;
  /** What the text repeats to its end. */
  readonly loopUnit?: string | null;
  /** It is longer than what is shown. */
  readonly isCut?: boolean;
  readonly isTall?: boolean;
  /** The end is what matters: it is shown first. */
  readonly fromEnd?: boolean;
};

export function MarkedText({
  label,
  text,
  loopUnit = null,
  isCut = false,
  isTall = false,
  fromEnd = false,
}: MarkedTextProps): ReactNode {
  const { t } = useTranslation();
  const box = useRef<HTMLDivElement>(null);
  const mark = useRef<HTMLElement>(null);
  const loop = useMemo(() => (loopUnit === null ? null : loopStart(text, loopUnit)), [text, loopUnit]);
  useLayoutEffect(() => {
    if (box.current === null) return;
    const loopTop = mark.current === null ? 0 : mark.current.offsetTop - LEAD;
    box.current.scrollTop = fromEnd ? box.current.scrollHeight : loopTop;
  }, [text, loop, fromEnd]);
  const cut = isCut && <span className={kit.dim}>{t(fromEnd ? 'generation.startCut' : 'generation.endCut')}</span>;
  return (
    <div
      ref={box}
      className={classNames(kit.framed, kit.quoted, styles.text, isTall && styles.tall)}
      tabIndex={0}
      role="group"
      aria-label={label}
      dir="auto"
    >
      {fromEnd && cut}
      {loop === null ? (
        text
      ) : (
        <>
          {text.slice(0, loop.start)}
          <VisuallyHidden>{t('generation.loopBegins')} </VisuallyHidden>
          <mark ref={mark} className={styles.loop}>
            <span className={styles.unit}>{text.slice(loop.start, loop.start + loop.length)}</span>
            {text.slice(loop.start + loop.length)}
          </mark>
        </>
      )}
      {!fromEnd && cut}
    </div>
  );
}
