// The selected demo, as it was imported.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { DemoSummary } from '../../../electron/contract/api/demos.ts';
import { Inspector } from '../../inspector/inspector.tsx';
import { classNames } from '../../kit/class-names.ts';
import kit from '../../kit/primitives.module.css';
import { useSettled } from '../../kit/use-settled.ts';
import styles from './demo-inspector.module.css';
import { ImportedDemo } from './imported-demo.tsx';

/** Held arrow keys pass through many demos. */
const SETTLED_MS = 120;

export function DemoInspector({ selected }: { readonly selected: readonly DemoSummary[] }): ReactNode {
  const { t } = useTranslation();
  const [only] = selected;
  if (only === undefined || selected.length > 1) {
    return (
      <Inspector title={t('demos.demo')}>
        <p className={kit.dim}>
          {selected.length > 1 ? t('demos.manySelected', { count: selected.length }) : t('demos.noneSelected')}
        </p>
      </Inspector>
    );
  }
  return <OneDemo demo={only} />;
}

function OneDemo({ demo }: { readonly demo: DemoSummary }): ReactNode {
  const { t } = useTranslation();
  const id = useSettled(demo.id, SETTLED_MS);
  return (
    <Inspector title={t('demos.sourceLine', { file: demo.source, line: demo.line })}>
      <div className={classNames(kit.stack3, styles.demo)}>
        <ImportedDemo demoId={id} />
      </div>
    </Inspector>
  );
}
