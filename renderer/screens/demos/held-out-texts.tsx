// Texts that measure the result, kept apart from the demos.
import { FilePlus2, Text, Trash2 } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Domain } from '../../../electron/contract/api/demos.ts';
import { chooseFiles } from '../../files/hand-over.ts';
import { Button } from '../../kit/button.tsx';
import { Bytes } from '../../kit/bytes.tsx';
import { ErrorPanel } from '../../kit/error-panel.tsx';
import { IconButton } from '../../kit/icon-button.tsx';
import { Term } from '../../kit/term.tsx';
import { useCall } from '../../state/calls.ts';
import { deleteText } from './deletions.ts';
import styles from './demos.module.css';

export function HeldOutTexts({ domain }: { readonly domain: Domain }): ReactNode {
  const { t } = useTranslation();
  const { data, error } = useCall('texts.list', {});
  const texts = data?.filter(({ domainId }) => domainId === domain.id) ?? [];
  return (
    <section className={styles.texts} aria-label={t('demos.heldOut')} data-drop="texts">
      <div className={styles.textsHead}>
        <h2>
          <Term name="heldOut">{t('demos.heldOut')}</Term>
        </h2>
        <Button size="small" icon={FilePlus2} onPress={() => void chooseFiles('texts')}>
          {t('demos.addTexts')}
        </Button>
      </div>
      <p className={styles.dim}>{t('demos.heldOutWhy')}</p>
      {error !== null && <ErrorPanel error={error.toData()} />}
      <ul className={styles.textList}>
        {texts.map((text) => (
          <li key={text.id} className={styles.textRow}>
            <Text size={14} aria-hidden />
            <span className={styles.textName} title={text.name}>
              {text.name}
            </span>
            <span className={styles.dim}>
              {text.documents !== null && `${t('demos.documents', { count: text.documents })} · `}
              <Bytes value={text.bytes} />
            </span>
            <IconButton
              icon={Trash2}
              size="small"
              label={t('demos.deleteText', { name: text.name })}
              onPress={() => void deleteText(text, t)}
            />
          </li>
        ))}
        {data !== undefined && texts.length === 0 && <li className={styles.dim}>{t('demos.noTexts')}</li>}
      </ul>
    </section>
  );
}
