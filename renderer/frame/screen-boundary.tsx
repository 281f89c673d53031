// Keeps an error in one screen from taking down the window.
import { Component, type ReactNode } from 'react';
import { errorToData, type ErrorData } from '../../electron/contract/errors.ts';
import { ErrorPanel } from '../kit/error-panel.tsx';
import styles from './frame.module.css';

type ScreenBoundaryProps = { readonly children: ReactNode };
type ScreenBoundaryState = { readonly error: ErrorData | null };

/** With the screen's id as its key, it forgets the error when another screen is shown. */
export class ScreenBoundary extends Component<ScreenBoundaryProps, ScreenBoundaryState> {
  override state: ScreenBoundaryState = { error: null };

  static getDerivedStateFromError(error: unknown): ScreenBoundaryState {
    return { error: errorToData(error) };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === null) return this.props.children;
    return (
      <div className={styles.broken}>
        <ErrorPanel error={error} />
      </div>
    );
  }
}
