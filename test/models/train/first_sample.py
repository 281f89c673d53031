"""Lets the second and the third model's scripts import what the first sample's have: its tokenizer, readers of sources and layers."""
import os, sys
sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../resources/sample/train"))
