// An analyst with clickhouse-go over HTTP, as Grafana's ClickHouse plugin is one:
// go run . PORT PASSWORD. What it sees goes to standard output, "name<TAB>value" a line.
package main

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
)

var methods = []clickhouse.CompressionMethod{
	clickhouse.CompressionGZIP, // what Grafana's plugin takes for HTTP
	clickhouse.CompressionLZ4,
	clickhouse.CompressionZSTD,
	clickhouse.CompressionNone,
}

func main() {
	for _, method := range methods {
		db := clickhouse.OpenDB(&clickhouse.Options{
			Addr:        []string{"127.0.0.1:" + os.Args[1]},
			Protocol:    clickhouse.HTTP,
			Auth:        clickhouse.Auth{Database: "haechi", Username: "analyst", Password: os.Args[2]},
			Compression: &clickhouse.Compression{Method: method},
			DialTimeout: 10 * time.Second,
			ReadTimeout: 60 * time.Second,
		})
		look(db)
		db.Close()
	}
}

func look(db *sql.DB) {
	say("ping", db.Ping())
	say("version", rows(db, "SELECT version()") != "")
	say("databases", rows(db, "SELECT name FROM system.databases WHERE name = 'haechi'"))
	say("tables", rows(db, "SELECT name FROM system.tables WHERE database = 'haechi'"))
	say("columns", rows(db, "SELECT name FROM system.columns WHERE database = ? AND table = ?", "haechi", "kinds"))
	say("described", rows(db, "DESC TABLE haechi.kinds") != "")
	say("bound", rows(db, "SELECT n, word FROM kinds WHERE n >= ? AND word = ? ORDER BY n", 1, "plain"))
	typed := clickhouse.Context(context.Background(), clickhouse.WithParameters(clickhouse.Parameters{
		"least": "1", "word": "plain",
	}))
	found, err := db.QueryContext(typed, "SELECT n, word FROM kinds WHERE n >= {least:UInt64} AND word = {word:String}")
	say("typed", text(found, err))
	say("kinds", rows(db, "SELECT * FROM kinds ORDER BY n"))
	say("none", rows(db, "SELECT * FROM kinds WHERE 0"))
	var sum uint64
	many, err := db.Query("SELECT number, toString(number) FROM numbers(300000)")
	for err == nil && many.Next() {
		var number uint64
		var word string
		err = many.Scan(&number, &word)
		sum += number
	}
	if err == nil {
		err = many.Err()
	}
	say("many", fmt.Sprint(sum, err))
	say("refused insert", refused(db, "INSERT INTO kinds (n) VALUES (9)"))
	say("refused drop", refused(db, "DROP TABLE kinds"))
	say("refused file", rows(db, "SELECT * FROM file('/etc/passwd', 'LineAsString')"))
	say("refused batch", batch(db))
	say("wrong", rows(db, "SELECT nothing FROM kinds"))
	say("breaks", rows(db, "SELECT throwIf(number = 200000) FROM numbers(300000)"))
}

func batch(db *sql.DB) string {
	within, err := db.Begin()
	if err != nil {
		return err.Error()
	}
	defer within.Rollback()
	into, err := within.Prepare("INSERT INTO kinds (n)")
	if err == nil {
		_, err = into.Exec(uint64(9))
	}
	if err == nil {
		err = within.Commit()
	}
	return fmt.Sprint(err)
}

func refused(db *sql.DB, statement string) string {
	_, err := db.Exec(statement)
	return fmt.Sprint(err)
}

// As Grafana asks, within a minute: the driver makes max_execution_time of it, and adds five.
func rows(db *sql.DB, query string, values ...any) string {
	within, done := context.WithTimeout(context.Background(), time.Minute)
	defer done()
	return text(db.QueryContext(within, query, values...))
}

func text(found *sql.Rows, err error) string {
	if err != nil {
		return err.Error()
	}
	defer found.Close()
	names, _ := found.Columns()
	var rows []string
	for found.Next() {
		row := make([]any, len(names))
		into := make([]any, len(names))
		for i := range row {
			into[i] = &row[i]
		}
		if err := found.Scan(into...); err != nil {
			return err.Error()
		}
		words := make([]string, len(row))
		for i, value := range row {
			words[i] = fmt.Sprint(value)
			if at, is := value.(time.Time); is {
				words[i] = at.UTC().Format("2006-01-02T15:04:05.000000Z")
			}
		}
		rows = append(rows, strings.Join(words, "|"))
	}
	if found.Err() != nil {
		return found.Err().Error()
	}
	return strings.Join(rows, ";")
}

func say(name string, value any) {
	fmt.Printf("%s\t%s\n", name, strings.ReplaceAll(fmt.Sprint(value), "\n", " "))
}
