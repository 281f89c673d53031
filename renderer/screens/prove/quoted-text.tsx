// A text shown as it is, whatever it contains, in a box of its own.
import { useLayoutEffect, useRef, type ReactNode, type Ref } from 'react';
import { useTranslation } from 'react-i18next';
import { classNames } from '../../kit/class-names.ts';
import kit from '../../kit/primitives.module.css';
import styles from './prove.module.css';

type TextBoxProps = {
  readonly label: string;
  readonly isTall?: boolean;
  readonly ref?: Ref<HTMLDivElement>;
  readonly children: ReactNode;
};

export function TextBox({ label, isTall = false, ref, children }: TextBoxProps): ReactNode {
  return (
    <div
      ref={ref}
      className={classNames(kit.framed, kit.quoted, styles.text, isTall && styles.tall)}
      tabIndex={0}
      role="group"
      aria-label={label}
      dir="auto"
    >
      {children}
    </div>
  );
}

type QuotedTextProps = {
  readonly label: string;
  readonly text: string;
  /** Its beginning was not kept. */
  readonly isCut?: boolean;
  /** The end matters most, so it is shown first. */
  readonly fromEnd?: boolean;
};

export function QuotedText({ label, text, isCut = false, fromEnd = false }: QuotedTextProps): ReactNode {
  const { t } = useTranslation();
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    if (box.current !== null) box.current.scrollTop = fromEnd ? box.current.scrollHeight : 0;
  }, [text, fromEnd]);
  return (
    <TextBox ref={box} label={label}>
      {isCut && <span className={kit.dim}>{t('generation.startCut')}</span>}
      {text}
    </TextBox>
  );
}
