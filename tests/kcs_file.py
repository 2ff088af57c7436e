"""A small file of declarations, as the Korea Customs Service writes them."""

from __future__ import annotations

from pathlib import Path

from haechi.streams.adapters.kcs_row import COLUMNS

ROW = {
    "Date": "2020-01-02", "Office ID": "30", "Process Type": "B", "Import Type": "11",
    "Import Use": "21", "Payment Type": "11", "Mode of Transport": "40",
    "Declarant ID": "ZZR1", "Importer ID": "QLRUBN9", "Seller ID": "", "Courier ID": "",
    "HS6 Code": "851310", "Country of Departure": "CN", "Country of Origin": "CN",
    "Tax Rate": "8.0", "Tax Type": "A", "Country of Origin Indicator": "G",
    "Net Mass": "70.0", "Item Price": "47310.0",
}  # fmt: skip


def write(path: Path, rows: int, first: int = 1000) -> Path:
    """A file with one row that repeats another and one that is broken."""
    header = (*COLUMNS, "Fraud", "Critical Fraud")
    lines = [",".join(header)]
    for number in range(rows):
        row = {**ROW, "Declaration ID": str(first + number), "Item Price": str(number + 1)}
        row["Date"] = f"2020-01-{2 + number * 27 // rows:02}"
        row["Fraud"] = row["Critical Fraud"] = str(int(number % 5 == 0))
        lines.append(",".join(row[column] for column in header))
    lines.insert(rows // 2, lines[1])
    lines.insert(rows // 3, "1,2,3")
    path.write_text("\r\n".join(lines) + "\r\n", newline="")
    return path
